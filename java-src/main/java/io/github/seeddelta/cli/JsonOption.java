package io.github.seeddelta.cli;

import picocli.CommandLine.Option;

/// For commands whose result also exists as one JSON object.
final class JsonOption {
    @Option(names = "--json", description = "Print one JSON object on standard output and nothing else there.")
    boolean json;
}

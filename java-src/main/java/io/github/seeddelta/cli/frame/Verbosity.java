package io.github.seeddelta.cli.frame;

/// How much a person is told.
public record Verbosity(boolean quiet, boolean debug) {}

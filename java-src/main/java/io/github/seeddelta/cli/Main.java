package io.github.seeddelta.cli;

import io.github.seeddelta.cli.frame.Host;

/// The process entry; everything else happens in [SeedDelta].
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(new SeedDelta(Host.current()).run(Host.standardOutput(), Host.standardError(), args));
    }
}

package io.github.seeddelta.cli.frame;

/// What the process tells its caller.
public final class ExitCode {
    public static final int OK = 0;
    public static final int INTERNAL = 1;
    public static final int USAGE = 2;
    public static final int BAD_INPUT = 3;
    public static final int CHECK_FAILED = 4;
    public static final int INTERRUPTED = 130;

    private ExitCode() {}
}

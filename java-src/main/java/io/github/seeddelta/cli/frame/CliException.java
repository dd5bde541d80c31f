package io.github.seeddelta.cli.frame;

/// A failure that the user is told about in one line: what, where, what to do.
public abstract sealed class CliException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;
    private final String line;

    private CliException(int exitCode, String line) {
        super(line);
        this.exitCode = exitCode;
        this.line = line;
    }

    public int exitCode() {
        return exitCode;
    }

    public String line() {
        return line;
    }

    /// The command line itself is wrong.
    public static final class Usage extends CliException {
        private static final long serialVersionUID = 1L;

        public Usage(String line) {
            super(ExitCode.USAGE, line);
        }
    }

    /// A model or another input file is missing, damaged, or not what it should be.
    public static final class BadInput extends CliException {
        private static final long serialVersionUID = 1L;

        public BadInput(String line) {
            super(ExitCode.BAD_INPUT, line);
        }
    }

    /// The command ran to its end and its verdict is "no".
    public static final class CheckFailed extends CliException {
        private static final long serialVersionUID = 1L;

        public CheckFailed(String line) {
            super(ExitCode.CHECK_FAILED, line);
        }
    }

    /// The work could not be done: a tool failed, a download did not arrive.
    public static final class Failed extends CliException {
        private static final long serialVersionUID = 1L;

        public Failed(String line) {
            super(ExitCode.INTERNAL, line);
        }
    }

    /// The user asked to stop.
    public static final class Interrupted extends CliException {
        private static final long serialVersionUID = 1L;

        public Interrupted() {
            super(ExitCode.INTERRUPTED, "interrupted");
        }
    }
}

package io.github.seeddelta.eval;

/// An evaluation that cannot go on, as one line: what, where, what to do.
public final class EvalException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// What kind of failure this is; the command line turns it into its exit code.
    public enum Kind {
        /// The call itself makes no sense.
        USAGE(2),
        /// A model, a text or a file that was read is bad, or two of them do not fit together.
        BAD_INPUT(3),
        /// Everything ran and a check said no.
        CHECK_FAILED(4);

        private final int exitCode;

        Kind(int exitCode) {
            this.exitCode = exitCode;
        }

        public int exitCode() {
            return exitCode;
        }
    }

    private final Kind kind;

    public EvalException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public EvalException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public static EvalException usage(String message) {
        return new EvalException(Kind.USAGE, message);
    }

    public static EvalException badInput(String message) {
        return new EvalException(Kind.BAD_INPUT, message);
    }

    public Kind kind() {
        return kind;
    }
}

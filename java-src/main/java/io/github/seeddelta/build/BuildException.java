package io.github.seeddelta.build;

/// Why a build cannot be done, as one line for the user: what, where, what to do.
public abstract sealed class BuildException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private BuildException(String message) {
        super(message);
    }

    /// The settings do not fit the model.
    public static final class Usage extends BuildException {
        private static final long serialVersionUID = 1L;

        Usage(String message) {
            super(message);
        }
    }

    /// The model or a file beside it is not what it should be.
    public static final class BadInput extends BuildException {
        private static final long serialVersionUID = 1L;

        BadInput(String message) {
            super(message);
        }
    }

    /// The disk cannot take the file.
    public static final class NoSpace extends BuildException {
        private static final long serialVersionUID = 1L;

        NoSpace(String message) {
            super(message);
        }
    }
}

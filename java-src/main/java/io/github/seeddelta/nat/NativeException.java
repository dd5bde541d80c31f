package io.github.seeddelta.nat;

/// A native call that failed, as one line: what, where, what to do. One subclass for each [NativeStatus].
public abstract sealed class NativeException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final NativeStatus status;

    private NativeException(NativeStatus status, String message) {
        super(message);
        this.status = status;
    }

    public final NativeStatus status() {
        return status;
    }

    public static NativeException of(NativeStatus status, String message) {
        return switch (status) {
            case INTERNAL -> new Internal(message);
            case USAGE -> new Usage(message);
            case INPUT -> new Input(message);
            case IO -> new Io(message);
            case NO_MEMORY -> new NoMemory(message);
            case CANCELLED -> new Cancelled(message);
        };
    }

    public static final class Internal extends NativeException {
        private static final long serialVersionUID = 1L;

        Internal(String message) {
            super(NativeStatus.INTERNAL, message);
        }
    }

    public static final class Usage extends NativeException {
        private static final long serialVersionUID = 1L;

        Usage(String message) {
            super(NativeStatus.USAGE, message);
        }
    }

    public static final class Input extends NativeException {
        private static final long serialVersionUID = 1L;

        Input(String message) {
            super(NativeStatus.INPUT, message);
        }
    }

    public static final class Io extends NativeException {
        private static final long serialVersionUID = 1L;

        Io(String message) {
            super(NativeStatus.IO, message);
        }
    }

    public static final class NoMemory extends NativeException {
        private static final long serialVersionUID = 1L;

        NoMemory(String message) {
            super(NativeStatus.NO_MEMORY, message);
        }
    }

    public static final class Cancelled extends NativeException {
        private static final long serialVersionUID = 1L;

        Cancelled(String message) {
            super(NativeStatus.CANCELLED, message);
        }
    }
}

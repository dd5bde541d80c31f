package io.github.seeddelta.cli.frame;

import io.github.seeddelta.build.BuildException;
import io.github.seeddelta.eval.EvalException;
import io.github.seeddelta.gate.MetricChoice;
import io.github.seeddelta.nat.NativeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/// The one place where a thrown thing becomes an exit code and a line.
///
/// Packages below the command line throw their own exceptions; a new kind gets its case here.
public record Failures(int exitCode, String line) {

    public static Failures of(Throwable thrown) {
        return switch (thrown) {
            case CliException e -> new Failures(e.exitCode(), e.line());
            case BuildException e ->
                new Failures(
                        switch (e) {
                            case BuildException.Usage ignored -> ExitCode.USAGE;
                            case BuildException.BadInput ignored -> ExitCode.BAD_INPUT;
                            case BuildException.NoSpace ignored -> ExitCode.BAD_INPUT;
                        },
                        oneLine(e));
            case EvalException e -> new Failures(e.kind().exitCode(), oneLine(e));
            case MetricChoice.UnavailableException e -> new Failures(ExitCode.USAGE, oneLine(e));
            case NativeException e ->
                new Failures(
                        switch (e.status()) {
                            case USAGE -> ExitCode.USAGE;
                            case INPUT, IO -> ExitCode.BAD_INPUT;
                            case INTERNAL, NO_MEMORY -> ExitCode.INTERNAL;
                            case CANCELLED -> ExitCode.INTERRUPTED;
                        },
                        oneLine(e));
            case UncheckedIOException e when e.getCause() != null -> of(e.getCause());
            case NoSuchFileException e -> new Failures(ExitCode.BAD_INPUT, e.getFile() + ": no such file or folder");
            case AccessDeniedException e ->
                new Failures(ExitCode.BAD_INPUT, e.getFile() + ": permission denied; check its owner and mode");
            case FileAlreadyExistsException e ->
                new Failures(ExitCode.BAD_INPUT, e.getFile() + ": exists already and is in the way");
            case FileSystemException e -> new Failures(ExitCode.BAD_INPUT, oneLine(e));
            case IOException e -> new Failures(ExitCode.INTERNAL, "input/output: " + oneLine(e));
            case OutOfMemoryError e ->
                new Failures(ExitCode.INTERNAL, "out of memory (" + oneLine(e) + "); free some and try again");
            default -> new Failures(ExitCode.INTERNAL, "internal error: " + named(thrown) + "; --debug shows where");
        };
    }

    private static String named(Throwable thrown) {
        String name = thrown.getClass().getSimpleName();
        return thrown.getMessage() == null ? name : name + ": " + oneLine(thrown);
    }

    private static String oneLine(Throwable thrown) {
        String message = thrown.getMessage();
        return message == null
                ? thrown.getClass().getSimpleName()
                : message.strip().replaceAll("\\s*\\R\\s*", " ");
    }
}

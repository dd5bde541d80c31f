package io.github.seeddelta.cli.natives;

import com.fasterxml.jackson.annotation.JsonValue;
import io.github.seeddelta.cli.frame.Child;
import io.github.seeddelta.cli.frame.CliException;
import io.github.seeddelta.cli.frame.FileTree;
import io.github.seeddelta.cli.frame.Host;
import io.github.seeddelta.cli.frame.ProcFile;
import io.github.seeddelta.cli.frame.Progress;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/// The native builds of this source tree: build/fork and build/reference.
public final class NativeBuild {
    private static final String STAMP = "seeddelta-build.json";

    public enum State {
        ABSENT,
        INCOMPLETE,
        STALE,
        BUILT,
        NO_PIN;

        @JsonValue
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// @param detail one sentence for a person
    public record Status(Variant variant, State state, String folder, String detail) {}

    private final Host host;
    private final Child child;

    public NativeBuild(Host host, Child child) {
        this.host = host;
        this.child = child;
    }

    public Path folder(Variant variant) {
        return host.home().resolve("build").resolve(variant.word());
    }

    public Path log(Variant variant) {
        return host.home().resolve("build/logs/native-" + variant.word() + ".log");
    }

    /// Compares the stamp that a finished build leaves with the pin, the patches and this CPU.
    public Status status(Variant variant) {
        Path folder = folder(variant);
        Optional<Pin> pin = Pin.read(host.home().resolve("native/llama/PIN"));
        if (pin.isEmpty()) {
            return new Status(variant, State.NO_PIN, folder.toString(), "native/llama/PIN is missing or incomplete");
        }
        String wanted = "llama.cpp " + pin.get().tag();
        if (!Files.isDirectory(folder)) {
            return new Status(variant, State.ABSENT, folder.toString(), wanted + " is not built yet");
        }
        Optional<Stamp> stamp = Stamp.read(folder.resolve(STAMP));
        if (stamp.isEmpty()) {
            return new Status(variant, State.INCOMPLETE, folder.toString(), wanted + " is only partly built");
        }
        Optional<String> outdated = outdated(variant, stamp.get(), pin.get());
        if (outdated.isPresent()) {
            return new Status(variant, State.STALE, folder.toString(), outdated.get());
        }
        return new Status(variant, State.BUILT, folder.toString(), wanted + " in " + folder);
    }

    /// Why this build must not be used any more.
    private Optional<String> outdated(Variant variant, Stamp stamp, Pin pin) {
        if (!stamp.pinTree().equals(pin.tree())) {
            return Optional.of("built from tree " + brief(stamp.pinTree()) + ", but the pin names " + pin.tag()
                    + " (tree " + brief(pin.tree()) + ")");
        }
        Optional<String> series = PatchSeries.digest(host.home().resolve("native/llama/patches"));
        if (variant == Variant.FORK && !series.equals(Optional.of(stamp.seriesSha256()))) {
            return Optional.of("built with other patches than native/llama/patches has now");
        }
        Set<String> lacking = stamp.missing(ProcFile.cpuFlags(host.proc()));
        if (!lacking.isEmpty()) {
            return Optional.of(
                    "built for a CPU with " + String.join(", ", new TreeSet<>(lacking)) + ", which this one lacks");
        }
        return Optional.empty();
    }

    /// Configures and builds. Messages and steps go to the caller, everything the tools print goes to the log.
    ///
    /// Errors: [CliException.Failed] with the reason and the log when a tool is missing or fails.
    public void build(Variant variant, Progress progress, Consumer<String> message) throws IOException {
        String cmake = tool("cmake", "cmake");
        if (host.findProgram("ninja").isEmpty()
                && host.findProgram("ninja-build").isEmpty()) {
            tool("ninja", "ninja-build");
        }
        try (BuildLock ignored = lock(message)) {
            Files.createDirectories(log(variant).getParent());
            try (BufferedWriter log = Files.newBufferedWriter(log(variant))) {
                String folder = folder(variant).toString();
                message.accept("configuring the " + variant.word() + " build (fetches llama.cpp the first time)");
                step(
                        variant,
                        log,
                        progress,
                        List.of(
                                cmake,
                                "-S",
                                host.home().resolve("native").toString(),
                                "-B",
                                folder,
                                "-G",
                                "Ninja",
                                "-DCMAKE_BUILD_TYPE=Release",
                                "-DSEEDDELTA_LLAMA_VARIANT=" + variant.word()));
                message.accept("building " + folder);
                step(variant, log, progress, List.of(cmake, "--build", folder));
            }
        }
        Status status = status(variant);
        if (status.state() != State.BUILT) {
            throw new CliException.Failed("native " + variant.word() + ": the build ended well but " + status.detail()
                    + "; run 'seeddelta native clean' and build again, or read " + log(variant));
        }
    }

    /// Removes the build folder; true when there was one.
    public boolean clean(Variant variant, Consumer<String> message) throws IOException {
        try (BuildLock ignored = lock(message)) {
            if (!Files.isDirectory(folder(variant))) {
                return false;
            }
            FileTree.delete(folder(variant));
            return true;
        }
    }

    private BuildLock lock(Consumer<String> message) throws IOException {
        return BuildLock.take(host.home().resolve("build/native.lock"), message);
    }

    private String tool(String name, String pack) {
        return host.findProgram(name)
                .orElseThrow(() -> new CliException.Failed(
                        "native build: " + name + " not found on PATH; install the package '" + pack + "'"))
                .toString();
    }

    private void step(Variant variant, BufferedWriter log, Progress progress, List<String> command) throws IOException {
        NinjaOutput output = new NinjaOutput();
        log.write("$ " + String.join(" ", command) + "\n");
        List<String> last = new ArrayList<>(List.of(""));
        int status = child.run(host.home(), command, Map.of("NINJA_STATUS", "[%f/%t] "), line -> {
            try {
                log.write(line + "\n");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            if (!line.isBlank()) {
                last.set(0, line.strip());
            }
            output.accept(line).ifPresent(at -> progress.update(at.done(), at.total(), at.what()));
        });
        log.flush();
        if (status != 0) {
            throw new CliException.Failed(String.format(
                    Locale.ROOT,
                    "native %s build: %s; full log: %s",
                    variant.word(),
                    output.reason().orElse(last.getFirst()),
                    log(variant)));
        }
    }

    private static String brief(String tree) {
        return tree.substring(0, Math.min(12, tree.length()));
    }
}

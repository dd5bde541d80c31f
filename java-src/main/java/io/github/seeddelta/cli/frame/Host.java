package io.github.seeddelta.cli.frame;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// The machine as commands see it. Tests pass one of their own.
///
/// @param home the root of the source tree
/// @param proc where the kernel describes the machine
/// @param variables the environment
/// @param terminal whether progress reaches a person
public record Host(Path home, Path proc, Map<String, String> variables, boolean terminal) {

    public static Host current() {
        Map<String, String> variables = System.getenv();
        boolean dumb = "dumb".equals(variables.get("TERM"));
        return new Host(findHome(), Path.of("/proc"), variables, !dumb && standardErrorIsTerminal());
    }

    public static PrintStream standardOutput() {
        return new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    }

    public static PrintStream standardError() {
        return new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    }

    /// A variable that is set and not blank.
    public Optional<String> variable(String name) {
        return Optional.ofNullable(variables.get(name)).filter(value -> !value.isBlank());
    }

    /// The executable that a shell would run for this name.
    public Optional<Path> findProgram(String name) {
        if (name.contains("/")) {
            return Optional.of(Path.of(name)).filter(Files::isExecutable);
        }
        return Pattern.compile(":")
                .splitAsStream(variable("PATH").orElse(""))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, name))
                .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
                .findFirst();
    }

    /// Where downloads are kept between clones: SEEDDELTA_CACHE, else the user's cache folder.
    public Path cache() {
        return variable("SEEDDELTA_CACHE")
                .map(Path::of)
                .or(() -> variable("XDG_CACHE_HOME").map(folder -> Path.of(folder, "seeddelta")))
                .or(() -> variable("HOME").map(folder -> Path.of(folder, ".cache", "seeddelta")))
                .orElseThrow(() -> new CliException.Failed("no cache folder: set SEEDDELTA_CACHE or HOME"));
    }

    /// The launcher says where it is; without it, the classes lie in target/classes of the tree.
    private static Path findHome() {
        String told = System.getProperty("seeddelta.home");
        if (told != null) {
            return Path.of(told).toAbsolutePath().normalize();
        }
        try {
            Path classes = Path.of(Host.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            Path root = classes.resolve("../..").normalize();
            if (Files.isRegularFile(root.resolve("pom.xml"))) {
                return root;
            }
        } catch (URISyntaxException | InvalidPathException e) {
            // classes that are not a folder have no tree around them
        }
        return Path.of("").toAbsolutePath();
    }

    private static boolean standardErrorIsTerminal() {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }
}

package io.github.seeddelta.cli;

import io.github.seeddelta.cli.frame.Host;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.TreeMap;

/// A machine in a temporary folder: its own source tree, PATH, /proc, home and programs (shell scripts).
public final class FakeHost {
    public static final String TREE = "0123456789abcdef0123456789abcdef01234567";

    /// What a build leaves that fits this machine's pin, patches and CPU.
    public static final String STAMP =
            """
            {"pin_tree": "%s", "series_sha256": "%s", "cpu_features": ["avx2", "fma"]}""".formatted(TREE, "bafefc717279224af7ad4666ba5617d3e7b019fe739297b99c5c56dcf7a5c39e");

    private final Path root;
    private final Map<String, String> variables = new TreeMap<>();

    public FakeHost(Path root) {
        this.root = root;
        variables.put("PATH", root.resolve("bin").toString());
        variables.put("HOME", root.resolve("user").toString());
        write("home/native/llama/PIN", "# comment\nTAG=v0.5.0\nTREE=" + TREE + "\n");
        write("home/native/llama/patches/series", "# order matters\none.patch\n");
        write("home/native/llama/patches/one.patch", "+ call\n");
        write("proc/meminfo", "MemTotal: 8388608 kB\nMemAvailable: 4194304 kB\n");
        cpuFlags("avx2 fma f16c sse2");
        write("bin/.keep", "");
    }

    public FakeHost cpuFlags(String flags) {
        write("proc/cpuinfo", "processor : 0\nmodel name : Test CPU\nflags : " + flags + "\nprocessor : 1\n");
        return this;
    }

    public FakeHost variable(String name, String value) {
        variables.put(name, value);
        return this;
    }

    /// A program on PATH; the script finds the tools of the real system in /usr/bin and /bin.
    public FakeHost program(String name, String script) {
        Path file = write("bin/" + name, "#!/bin/sh\nPATH=/usr/bin:/bin\n" + script + "\n");
        try {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    public FakeHost without(String program) {
        try {
            Files.delete(root.resolve("bin").resolve(program));
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path home() {
        return root.resolve("home");
    }

    public Path write(String name, String text) {
        try {
            Path file = root.resolve(name);
            Files.createDirectories(file.getParent());
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Host host() {
        return new Host(home(), root.resolve("proc"), variables, false);
    }
}

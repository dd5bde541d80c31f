package io.github.seeddelta.cli.doctor;

import io.github.seeddelta.cli.doctor.Diagnosis.Check;
import io.github.seeddelta.cli.frame.Child;
import io.github.seeddelta.cli.frame.Host;
import io.github.seeddelta.cli.natives.NativeBuild;
import io.github.seeddelta.cli.natives.Variant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Examines the machine; changes nothing.
public final class Doctor {
    private static final long GIB = 1L << 30;
    private static final int JDK = 25;
    private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)[\\w.\\-]*");
    private static final Set<String> ISAS = Set.of("scalar", "avx2", "avxvnni", "avx512", "avx512vnni", "avx512vbmi");

    private final Host host;
    private final Child child;

    public Doctor(Host host, Child child) {
        this.host = host;
        this.child = child;
    }

    public Diagnosis examine() {
        Diagnosis.Cpu cpu = Machine.cpu(host.proc());
        Diagnosis.Memory memory = Machine.memory(host.proc());
        Diagnosis.Disk disk = Machine.disk(host.home());
        List<Check> checks = new ArrayList<>();
        checks.add(jdk());
        checks.add(program("maven", List.of("mvn"), "3.8", "install the package 'maven'"));
        checks.add(program("compiler", compilers(), "", "install the package 'g++', or name a C++17 compiler in CXX"));
        checks.add(program("cmake", List.of("cmake"), "3.22", "install the package 'cmake'"));
        checks.add(program("ninja", List.of("ninja", "ninja-build"), "1.8", "install the package 'ninja-build'"));
        checks.add(program("git", List.of("git"), "2.20", "install the package 'git'"));
        checks.add(cpuCheck(cpu));
        checks.add(isaCheck(cpu));
        checks.add(nativeCheck());
        checks.add(memoryCheck(memory));
        checks.add(diskCheck(disk));
        return Diagnosis.of(cpu, memory, disk, List.copyOf(checks));
    }

    private static Check jdk() {
        Path home = Path.of(System.getProperty("java.home"));
        String detail = Runtime.version() + " at " + home;
        if (Runtime.version().feature() < JDK) {
            return Check.missing("jdk", detail, "install a JDK " + JDK + " and point JAVA_HOME at it");
        }
        if (!Files.isExecutable(home.resolve("bin/javac"))) {
            return Check.missing("jdk", detail + " has no javac", "install a full JDK, not only its runtime");
        }
        return Check.ok("jdk", detail);
    }

    private List<String> compilers() {
        return host.variable("CXX").map(List::of).orElse(List.of("c++", "g++", "clang++"));
    }

    /// @param atLeast major.minor, or empty when any version serves
    private Check program(String name, List<String> programs, String atLeast, String remedy) {
        Optional<Path> file = programs.stream()
                .flatMap(program -> host.findProgram(program).stream())
                .findFirst();
        if (file.isEmpty()) {
            return Check.missing(name, String.join(" or ", programs) + " not found on PATH", remedy);
        }
        String version = firstLine(file.get());
        String detail = version + " (" + file.get() + ")";
        if (version.isEmpty()) {
            return Check.missing(name, file.get() + " --version fails", "repair or reinstall it: " + remedy);
        }
        if (!atLeast.isEmpty() && older(version, atLeast)) {
            return Check.missing(
                    name, detail + " is older than " + atLeast, remedy + " in version " + atLeast + " or newer");
        }
        return Check.ok(name, detail);
    }

    private String firstLine(Path program) {
        List<String> lines = new ArrayList<>();
        try {
            int status = child.run(host.home(), List.of(program.toString(), "--version"), Map.of(), lines::add);
            return status == 0 && !lines.isEmpty() ? plain(lines.getFirst()) : "";
        } catch (IOException e) {
            return "";
        }
    }

    /// Maven colours its first line.
    private static String plain(String line) {
        return line.replaceAll("\u001b\\[[0-9;]*m", "").strip();
    }

    static boolean older(String text, String atLeast) {
        Matcher found = VERSION.matcher(text);
        Matcher wanted = VERSION.matcher(atLeast);
        if (!found.find() || !wanted.find()) {
            return false;
        }
        int major = Integer.compare(number(found, 1), number(wanted, 1));
        return major < 0 || (major == 0 && number(found, 2) < number(wanted, 2));
    }

    private static int number(Matcher matcher, int group) {
        return Integer.parseInt(matcher.group(group));
    }

    private static Check cpuCheck(Diagnosis.Cpu cpu) {
        return cpu.model().isEmpty()
                ? Check.warn("cpu", "unknown", "SeedΔ is made for Linux on x86-64; elsewhere only scalar kernels run")
                : Check.ok("cpu", cpu.model() + ", " + cpu.threads() + " threads");
    }

    private Check isaCheck(Diagnosis.Cpu cpu) {
        Optional<String> forced = host.variable("SEEDDELTA_ISA");
        if (forced.isPresent() && !ISAS.contains(forced.get())) {
            return Check.missing(
                    "isa",
                    "SEEDDELTA_ISA=" + forced.get() + " is not known",
                    "unset it or use scalar, avx2, avxvnni, avx512, avx512vnni or avx512vbmi");
        }
        if (forced.isPresent()) {
            return Check.warn("isa", forced.get() + ", forced by SEEDDELTA_ISA", "unset it to get " + cpu.isa());
        }
        return cpu.isa().equals("scalar")
                ? Check.warn("isa", "scalar", "this CPU lacks AVX2, FMA or F16C: everything works, slowly")
                : Check.ok("isa", cpu.isa());
    }

    private Check nativeCheck() {
        NativeBuild.Status status = new NativeBuild(host, child).status(Variant.FORK);
        return switch (status.state()) {
            case BUILT -> Check.ok("native", status.detail());
            case ABSENT, STALE, INCOMPLETE ->
                Check.warn("native", status.detail(), "./seeddelta native build (the first use does it by itself)");
            case NO_PIN -> Check.missing("native", status.detail(), "restore native/llama/PIN from version control");
        };
    }

    private static Check memoryCheck(Diagnosis.Memory memory) {
        String detail = String.format(
                Locale.ROOT,
                "%.1f GiB available of %.1f GiB",
                (double) memory.availableBytes() / GIB,
                (double) memory.totalBytes() / GIB);
        if (memory.totalBytes() == 0) {
            return Check.warn("memory", "unknown", "the native build needs about 2 GiB per job");
        }
        return memory.availableBytes() < 2 * GIB
                ? Check.warn("memory", detail, "close something: the native build needs about 2 GiB")
                : Check.ok("memory", detail);
    }

    private static Check diskCheck(Diagnosis.Disk disk) {
        String detail = String.format(Locale.ROOT, "%.1f GiB free at %s", (double) disk.freeBytes() / GIB, disk.path());
        if (disk.freeBytes() < GIB) {
            return Check.missing(
                    "disk", detail, "free some: the native build needs about 2 GiB, a model its size twice");
        }
        return disk.freeBytes() < 4 * GIB
                ? Check.warn("disk", detail, "enough to build; models need their size twice on top")
                : Check.ok("disk", detail);
    }
}

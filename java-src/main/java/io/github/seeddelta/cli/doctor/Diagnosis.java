package io.github.seeddelta.cli.doctor;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Locale;

/// What was found, in the shape of `doctor --json`.
public record Diagnosis(int schema, boolean ok, Cpu cpu, Memory memory, Disk disk, List<Check> checks) {

    public enum Status {
        OK,
        WARN,
        MISSING;

        @JsonValue
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// @param remedy what to do; empty only when the status is OK
    public record Check(
            String name,
            Status status,
            String detail,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) String remedy) {

        static Check ok(String name, String detail) {
            return new Check(name, Status.OK, detail, "");
        }

        static Check warn(String name, String detail, String remedy) {
            return new Check(name, Status.WARN, detail, remedy);
        }

        static Check missing(String name, String detail, String remedy) {
            return new Check(name, Status.MISSING, detail, remedy);
        }
    }

    /// @param isa the kernels that will be used, as SEEDDELTA_ISA names them
    public record Cpu(String model, int threads, List<String> flags, String isa) {}

    public record Memory(long totalBytes, long availableBytes) {}

    public record Disk(String path, long freeBytes) {}

    static Diagnosis of(Cpu cpu, Memory memory, Disk disk, List<Check> checks) {
        boolean ok = checks.stream().noneMatch(check -> check.status() == Status.MISSING);
        return new Diagnosis(1, ok, cpu, memory, disk, checks);
    }
}

package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.sd.SeedDeltaC;

/// `enum sd_status` without SD_OK: why a native call did not do what it was asked.
public enum NativeStatus {
    /// A bug in native code.
    INTERNAL(SeedDeltaC.SD_E_INTERNAL()),
    /// Arguments that make no sense together, or a machine that cannot run this build.
    USAGE(SeedDeltaC.SD_E_USAGE()),
    /// A file or data that is broken or does not fit.
    INPUT(SeedDeltaC.SD_E_INPUT()),
    /// The operating system refused.
    IO(SeedDeltaC.SD_E_IO()),
    NO_MEMORY(SeedDeltaC.SD_E_NOMEM()),
    CANCELLED(SeedDeltaC.SD_E_CANCELLED());

    private final int code;

    NativeStatus(int code) {
        this.code = code;
    }

    /// The status of a code other than SD_OK; codes of a newer library count as [#INTERNAL].
    static NativeStatus of(int code) {
        for (NativeStatus status : values()) {
            if (status.code == code) {
                return status;
            }
        }
        return INTERNAL;
    }
}

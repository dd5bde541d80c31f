package io.github.seeddelta.arch.broken.gate;

import io.github.seeddelta.arch.broken.cli.Helper;
import io.github.seeddelta.arch.broken.nat.Owner;
import io.github.seeddelta.arch.broken.policy.ReadsFile;
import java.util.Optional;

/// Breaks: nobody imports cli; pure packages import neither work nor native code; only cli touches the streams.
public record Decides(Helper helper, Owner owner, Optional<ReadsFile> policy) {
    void report() {
        System.out.println(helper);
    }
}

package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.sd.SeedDeltaC;
import io.github.seeddelta.bindings.sd.sd_base_stats;
import io.github.seeddelta.bindings.sd.sd_collect_params;
import io.github.seeddelta.bindings.sd.sd_collect_plan;
import io.github.seeddelta.bindings.sd.sd_encode_params;
import io.github.seeddelta.bindings.sd.sd_error;
import io.github.seeddelta.bindings.sd.sd_imatrix_view;
import io.github.seeddelta.bindings.sd.sd_layer_info;
import io.github.seeddelta.bindings.sd.sd_layer_metrics;
import io.github.seeddelta.bindings.sd.sd_measure_params;
import io.github.seeddelta.bindings.sd.sd_metrics;
import io.github.seeddelta.bindings.sd.sd_moments_view;
import io.github.seeddelta.bindings.sd.sd_progress;
import io.github.seeddelta.bindings.sd.sd_provenance;
import io.github.seeddelta.bindings.sd.sd_tensor_info;
import java.lang.foreign.MemoryLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToLongFunction;

/// Compares what a loaded libseeddelta says of itself with the header that the bindings were generated from.
final class AbiCheck {
    /// In the order of `sd_struct_size`.
    static final List<MemoryLayout> STRUCTS = List.of(
            sd_error.layout(),
            sd_progress.layout(),
            sd_tensor_info.layout(),
            sd_encode_params.layout(),
            sd_base_stats.layout(),
            sd_measure_params.layout(),
            sd_metrics.layout());

    /// In the order of `sd_collect_struct_size`.
    static final List<MemoryLayout> COLLECT_STRUCTS = List.of(
            sd_collect_params.layout(),
            sd_collect_plan.layout(),
            sd_provenance.layout(),
            sd_imatrix_view.layout(),
            sd_moments_view.layout(),
            sd_layer_info.layout(),
            sd_layer_metrics.layout());

    private AbiCheck() {}

    /// @param library where it was loaded from, for the message
    /// @param structSize `sd_struct_size`
    /// @param collectStructSize `sd_collect_struct_size`
    /// @throws NativeException.Usage naming every difference
    static void verify(
            String library, int abiVersion, IntToLongFunction structSize, IntToLongFunction collectStructSize) {
        List<String> differences = new ArrayList<>();
        if (abiVersion != SeedDeltaC.SD_ABI_VERSION()) {
            differences.add("ABI version " + abiVersion + " instead of " + SeedDeltaC.SD_ABI_VERSION());
        }
        compare(STRUCTS, structSize, differences);
        compare(COLLECT_STRUCTS, collectStructSize, differences);
        if (!differences.isEmpty()) {
            throw new NativeException.Usage(library + " was built from other sources than this program: "
                    + String.join(", ", differences) + "; run: seeddelta native build");
        }
    }

    private static void compare(List<MemoryLayout> layouts, IntToLongFunction size, List<String> differences) {
        for (int i = 0; i < layouts.size(); i++) {
            MemoryLayout layout = layouts.get(i);
            long sizeBytes = size.applyAsLong(i);
            if (sizeBytes != layout.byteSize()) {
                differences.add("struct " + layout.name().orElseThrow() + " of " + sizeBytes + " bytes instead of "
                        + layout.byteSize());
            }
        }
    }
}

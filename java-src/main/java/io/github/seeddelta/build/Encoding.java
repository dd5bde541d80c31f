package io.github.seeddelta.build;

import io.github.seeddelta.nat.EncodeParams;
import io.github.seeddelta.nat.NativeException;
import io.github.seeddelta.nat.Payload;
import io.github.seeddelta.nat.TensorInfo;
import io.github.seeddelta.policy.Keys;
import io.github.seeddelta.policy.Origin;
import io.github.seeddelta.policy.ResolvedTensor;
import io.github.seeddelta.policy.ValueType;
import io.github.seeddelta.tune.Schedules;
import io.github.seeddelta.tune.Schedules.Axis;
import io.github.seeddelta.tune.Variant;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/// How a resolved tensor is encoded: parameters for native code and the variants to try.
final class Encoding {
    private final ResolvedTensor tensor;
    private final long nOut;
    private final long nIn;

    Encoding(ResolvedTensor tensor, TensorInfo dense) {
        this.tensor = tensor;
        this.nIn = dense.shape().get(0);
        this.nOut = dense.shape().get(1);
    }

    EncodeParams params(Variant variant, int threads) {
        return new EncodeParams(
                tensor.base().kind(),
                tensor.scheme(),
                tensor.base().seed(),
                variant.k(),
                variant.block(),
                tensor.vals() == ValueType.I8 ? EncodeParams.Value.I8 : EncodeParams.Value.F16,
                tensor.rowScale() ? EncodeParams.RowScale.F16 : EncodeParams.RowScale.NONE,
                threads,
                tensor.refit(),
                new EncodeParams.Stacks(
                        tensor.base().length().orElse(0),
                        tensor.base().stacks(),
                        tensor.base().depth(),
                        tensor.base().samples(),
                        tensor.base().permTrials()),
                new EncodeParams.Search(
                        tensor.base().seedSearch(), tensor.base().seedBlock()),
                tensor.atoms(),
                variant.bits());
    }

    /// Exact size of a variant's payload.
    ///
    /// @throws NativeException.Usage when the variant does not fit the weight
    long bytes(Variant variant) {
        return Payload.planBytes(nOut, nIn, params(variant, 1));
    }

    /// Cheapest first; the resolved values alone unless autotune is on. Variants of a schedule that do not fit the
    /// weight are left out.
    ///
    /// @throws BuildException.Usage when none fits
    List<Variant> variants() {
        Variant resolved = Variant.of(tensor);
        if (!tensor.tuning().enabled()) {
            Variant only = fitted(resolved);
            bytes(only);
            return List.of(only);
        }
        List<Variant> fitting =
                Schedules.variants(tensor, axes(resolved), v -> tryBytes(v).orElse(Long.MAX_VALUE)).stream()
                        .filter(v -> tryBytes(v).isPresent())
                        .toList();
        if (fitting.isEmpty()) {
            throw new BuildException.Usage(tensor.weightName() + ": no K or block of the autotune schedule fits its "
                    + nIn + " inputs; give a schedule with smaller values");
        }
        return fitting;
    }

    /// A K that nobody chose gives way on rows that are too short for it: half of the inputs, in whole blocks.
    private Variant fitted(Variant resolved) {
        boolean chosen = tensor.get(Keys.K)
                .map(k -> !(k.origin() instanceof Origin.BuiltIn))
                .orElse(true);
        if (chosen || tryBytes(resolved).isPresent()) {
            return resolved;
        }
        int block = resolved.block();
        int half = Math.max(block, (int) (nIn / 2 / block) * block);
        return new Variant(half, block, resolved.bits());
    }

    /// A value is worth searching when it changes the size of the payload.
    private Set<Axis> axes(Variant resolved) {
        Set<Axis> axes = EnumSet.noneOf(Axis.class);
        ResolvedTensor.Tuning tuning = tensor.tuning();
        if (tuning.kSchedule().stream()
                .anyMatch(k -> changes(resolved, new Variant(k, resolved.block(), resolved.bits())))) {
            axes.add(Axis.K);
        }
        if (tuning.blockSchedule().stream()
                .anyMatch(b -> changes(resolved, new Variant(resolved.k(), b, resolved.bits())))) {
            axes.add(Axis.BLOCK);
        }
        if (tuning.bitsSchedule().stream()
                .anyMatch(b -> changes(resolved, new Variant(resolved.k(), resolved.block(), b)))) {
            axes.add(Axis.BITS);
        }
        return axes;
    }

    private boolean changes(Variant from, Variant to) {
        return !tryBytes(from).equals(tryBytes(to));
    }

    private OptionalLong tryBytes(Variant variant) {
        try {
            return OptionalLong.of(bytes(variant));
        } catch (NativeException.Usage e) {
            return OptionalLong.empty();
        }
    }
}

package io.github.seeddelta.nat;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.seeddelta.bindings.sd.SeedDeltaC;
import org.junit.jupiter.api.Test;

class AbiCheckTest {
    private static final int ABI = SeedDeltaC.SD_ABI_VERSION();

    @Test
    void sameHeaderFits() {
        assertThatCode(() -> AbiCheck.verify("lib", ABI, AbiCheckTest::sizeBytes, AbiCheckTest::collectSizeBytes))
                .doesNotThrowAnyException();
    }

    @Test
    void anyStructOfAnotherSizeIsFound() {
        for (int changed = 0; changed < AbiCheck.STRUCTS.size(); changed++) {
            int which = changed;
            assertThatThrownBy(() -> AbiCheck.verify(
                            "lib", ABI, i -> sizeBytes(i) + (i == which ? 8 : 0), AbiCheckTest::collectSizeBytes))
                    .isInstanceOf(NativeException.Usage.class)
                    .hasMessage("lib was built from other sources than this program: struct "
                            + AbiCheck.STRUCTS.get(which).name().orElseThrow() + " of " + (sizeBytes(which) + 8)
                            + " bytes instead of " + sizeBytes(which) + "; run: seeddelta native build");
        }
        for (int changed = 0; changed < AbiCheck.COLLECT_STRUCTS.size(); changed++) {
            int which = changed;
            assertThatThrownBy(() -> AbiCheck.verify(
                            "lib", ABI, AbiCheckTest::sizeBytes, i -> collectSizeBytes(i) - (i == which ? 8 : 0)))
                    .hasMessageContaining("struct "
                            + AbiCheck.COLLECT_STRUCTS.get(which).name().orElseThrow() + " of ");
        }
    }

    @Test
    void anotherAbiAndAMissingStructAreNamedTogether() {
        assertThatThrownBy(() -> AbiCheck.verify(
                        "lib", ABI + 1, i -> i == 6 ? -1 : sizeBytes(i), AbiCheckTest::collectSizeBytes))
                .hasMessageContaining(
                        "ABI version " + (ABI + 1) + " instead of " + ABI + ", struct sd_metrics of -1 bytes");
    }

    private static long sizeBytes(int which) {
        return AbiCheck.STRUCTS.get(which).byteSize();
    }

    private static long collectSizeBytes(int which) {
        return AbiCheck.COLLECT_STRUCTS.get(which).byteSize();
    }
}

package io.github.seeddelta.nat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.seeddelta.bindings.sd.SeedDeltaC;
import io.github.seeddelta.bindings.sd.sd_error;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NativeExceptionTest {
    @ParameterizedTest
    @EnumSource
    void everyStatusHasItsOwnType(NativeStatus status) {
        NativeException exception = NativeException.of(status, "why");
        assertThat(exception.status()).isEqualTo(status);
        assertThat(exception).hasMessage("why");
        assertThat(exception.getClass().getSimpleName().toUpperCase(java.util.Locale.ROOT))
                .isEqualTo(status.name().replace("_", ""));
    }

    @Test
    void codesOfTheHeaderAreMapped() {
        assertThat(NativeStatus.of(SeedDeltaC.SD_E_INPUT())).isEqualTo(NativeStatus.INPUT);
        assertThat(NativeStatus.of(SeedDeltaC.SD_E_CANCELLED())).isEqualTo(NativeStatus.CANCELLED);
        assertThat(NativeStatus.of(99)).isEqualTo(NativeStatus.INTERNAL);
    }

    @Test
    void failedCallCarriesTheMessageOfTheLibrary() {
        try (NativeCall call = new NativeCall()) {
            assertThatCode(() -> call.check(SeedDeltaC.SD_OK())).doesNotThrowAnyException();
            sd_error.message(call.error()).setString(0, "Δ.gguf: broken");
            assertThatThrownBy(() -> call.check(SeedDeltaC.SD_E_INPUT()))
                    .isInstanceOf(NativeException.Input.class)
                    .hasMessage("Δ.gguf: broken");
        }
    }

    @Test
    void messageWithoutEndIsCutAtTheStruct() {
        try (NativeCall call = new NativeCall()) {
            sd_error.message(call.error()).fill((byte) 'x');
            assertThatThrownBy(() -> call.check(SeedDeltaC.SD_E_IO()))
                    .hasMessage("x".repeat((int) sd_error.message(call.error()).byteSize()));
        }
    }

    @Test
    void namesThatDoNotFitAreNotCut() {
        EncodeParams params = new EncodeParams(
                "none",
                "a-scheme-with-24-letters",
                1,
                8,
                16,
                EncodeParams.Value.F16,
                EncodeParams.RowScale.NONE,
                1,
                false);
        try (NativeCall call = new NativeCall()) {
            assertThatThrownBy(() -> params.struct(call))
                    .isInstanceOf(NativeException.Usage.class)
                    .hasMessage("unknown scheme \"a-scheme-with-24-letters\"");
            assertThatThrownBy(() -> call.utf8("a\0b")).isInstanceOf(NativeException.Usage.class);
        }
    }
}

package io.github.seeddelta.nat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NativeLogTest {
    @Test
    void reasonIsTheNewestLineThatSaysSomething() {
        assertThat(NativeLog.reason(
                        List.of(
                                "load: control token is not marked",
                                "llama_model_load: error loading model: missing tensor 'output_norm.weight'",
                                "llama_model_load_from_file_impl: failed to load model"),
                        "unknown"))
                .isEqualTo("error loading model: missing tensor 'output_norm.weight'");
        assertThat(NativeLog.reason(List.of("f: failed to load model"), "unknown"))
                .isEqualTo("unknown");
        assertThat(NativeLog.reason(List.of(), "unknown")).isEqualTo("unknown");
    }
}

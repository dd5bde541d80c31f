package io.github.seeddelta.nat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Models that llama.cpp loads, refuses and aborts on, each in a child process.
@Tag("native")
class IsolatedModelIT {
    @TempDir
    Path dir;

    /// Loads the model and answers with its description.
    public static final class Describe implements IsolatedJob {
        @Override
        public JsonNode run(JsonNode request, Consumer<JsonNode> events) {
            try (LlamaModel model = LlamaModel.load(Path.of(request.asText()))) {
                return TextNode.valueOf(model.description());
            }
        }
    }

    @Test
    void goodModelLoads() throws IOException {
        assertThat(describe(TinyModel.write(dir.resolve("tiny.gguf"))))
                .contains("llama")
                .contains("F32");
    }

    @Test
    void refusedModelIsOneLine() throws IOException {
        Path cut = dir.resolve("cut.gguf");
        byte[] bytes = Files.readAllBytes(TinyModel.write(dir.resolve("tiny.gguf")));
        Files.write(cut, java.util.Arrays.copyOf(bytes, bytes.length - 100));
        assertThatThrownBy(() -> describe(cut))
                .isInstanceOf(NativeException.Input.class)
                .message()
                .contains("cut.gguf")
                .doesNotContain("native code stopped")
                .doesNotContain("\n");
    }

    @Test
    void modelThatMakesLlamaCppAbortIsOneLine() throws IOException {
        Path empty = TinyModel.write(dir.resolve("no-layers.gguf"), 0);
        assertThatThrownBy(() -> describe(empty))
                .isInstanceOf(NativeException.Input.class)
                .message()
                .startsWith("native code stopped on " + empty + ": ")
                .contains("GGML_ASSERT")
                .doesNotContain("\n");
    }

    private static String describe(Path model) {
        return Isolated.run(Describe.class, TextNode.valueOf(model.toString()), model.toString(), e -> {}, line -> {})
                .asText();
    }
}

package io.github.seeddelta.nat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("native")
class TextGeneratorIT {
    @TempDir
    static Path dir;

    private static LlamaModel model;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @BeforeAll
    static void load() throws IOException {
        model = LlamaModel.load(TinyModel.write(dir.resolve("tiny.gguf")));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @Test
    void sameSeedContinuesTheSameWay() {
        try (LlamaContext context = LlamaContext.open(model, ContextParams.single(256, 1))) {
            TextGenerator.Result result = generate(context, prompt("abc"), 20, Sampler.temperature(1, 9));
            byte[] first = out.toByteArray();
            assertThat(result.promptTokens()).isEqualTo(prompt("abc").length);
            assertThat(result.tokens()).isEqualTo(result.stop() == TextGenerator.Stop.LENGTH ? 20 : result.tokens());
            out.reset();
            generate(context, prompt("abc"), 20, Sampler.temperature(1, 9));
            assertThat(out.toByteArray()).isEqualTo(first);
        }
    }

    @Test
    void promptInPartsContinuesLikeThePromptInOne() {
        int[] prompt = prompt("x".repeat(90));
        try (LlamaContext whole = LlamaContext.open(model, new ContextParams(256, 256, 1, 1));
                LlamaContext parts = LlamaContext.open(model, new ContextParams(256, 32, 1, 1))) {
            generate(whole, prompt, 8, Sampler.greedy());
            byte[] expected = out.toByteArray();
            out.reset();
            generate(parts, prompt, 8, Sampler.greedy());
            assertThat(out.toByteArray()).isEqualTo(expected);
        }
    }

    @Test
    void stopsWhenTheContextIsFull() {
        try (LlamaContext context = LlamaContext.open(model, ContextParams.single(256, 1))) {
            int[] prompt = prompt("x".repeat(context.ctx() - 10));
            TextGenerator.Result result = generate(context, prompt, 1000, logits -> 'a' + 3);
            assertThat(result.stop()).isEqualTo(TextGenerator.Stop.CONTEXT_FULL);
            assertThat(result.tokens()).isEqualTo(context.ctx() - prompt.length + 1);
            assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("a".repeat(result.tokens()));
        }
    }

    @Test
    void stopsAtTheEndTokenAndWhenTheListenerSaysSo() {
        try (LlamaContext context = LlamaContext.open(model, ContextParams.single(256, 1))) {
            TextGenerator.Result ended = generate(context, prompt("a"), 5, logits -> 2);
            assertThat(ended.stop()).isEqualTo(TextGenerator.Stop.END_TOKEN);
            assertThat(ended.tokens()).isZero();
            TextGenerator.Result stopped =
                    TextGenerator.generate(context, prompt("a"), 5, Sampler.greedy(), piece -> false);
            assertThat(stopped.tokens()).isEqualTo(1);
            assertThat(stopped.stop()).isIn(TextGenerator.Stop.LISTENER, TextGenerator.Stop.END_TOKEN);
        }
    }

    @Test
    void promptThatDoesNotFitIsRefused() {
        try (LlamaContext context = LlamaContext.open(model, ContextParams.single(256, 1))) {
            assertThatThrownBy(() -> generate(context, prompt("x".repeat(400)), 5, Sampler.greedy()))
                    .isInstanceOf(NativeException.Input.class)
                    .hasMessageContaining("the context of 256 takes from 1 to 255");
            assertThatThrownBy(() -> generate(context, new int[0], 5, Sampler.greedy()))
                    .isInstanceOf(NativeException.Input.class);
        }
    }

    @Test
    void tokensAndTheirBytes() {
        Tokenizer tokenizer = model.tokenizer();
        assertThat(tokenizer.size()).isEqualTo(259);
        assertThat(tokenizer.addsBeginToken()).isTrue();
        assertThat(tokenizer.beginToken()).isEqualTo(1);
        assertThat(tokenizer.endsGeneration(2)).isTrue();
        assertThat(tokenizer.endsGeneration('a')).isFalse();
        assertThat(tokenizer.piece(0xC3 + 3)).containsExactly(0xC3);
        assertThat(tokenizer.tokenize("</s>".getBytes(StandardCharsets.UTF_8), false, true))
                .containsExactly(2);
        assertThat(model.chat(List.of(new ChatMessage("user", "hi")))).isEmpty();
    }

    @Test
    void missingAndBrokenModelsAreOneLine() throws IOException {
        assertThatThrownBy(() -> LlamaModel.load(dir.resolve("absent.gguf")))
                .isInstanceOf(NativeException.class)
                .hasMessageContaining("absent.gguf");
        Path broken = dir.resolve("broken.gguf");
        Files.writeString(broken, "GGUF and nothing else");
        assertThatThrownBy(() -> LlamaModel.load(broken))
                .isInstanceOf(NativeException.Input.class)
                .message()
                .contains("broken.gguf")
                .doesNotContain("\n");
    }

    @Test
    void modelThatLlamaCppRefusesSaysWhy() throws IOException {
        Path model = TinyModel.write(dir.resolve("three-layers.gguf"), TinyModel.LAYERS + 1);
        assertThatThrownBy(() -> LlamaModel.load(model))
                .isInstanceOf(NativeException.Input.class)
                .message()
                .startsWith(model + " cannot be loaded: error loading model: ")
                .contains("blk.2.attn_norm.weight");
    }

    private TextGenerator.Result generate(LlamaContext context, int[] prompt, int maxTokens, Sampler sampler) {
        return TextGenerator.generate(context, prompt, maxTokens, sampler, piece -> {
            out.writeBytes(piece);
            return true;
        });
    }

    private static int[] prompt(String text) {
        return model.tokenizer().tokenize(text.getBytes(StandardCharsets.UTF_8), true, false);
    }
}

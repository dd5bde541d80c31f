package io.github.seeddelta.eval.greedy;

import io.github.seeddelta.eval.EvalException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The prompts of a smoke test against collapse, and how long an answer may get.
///
/// Source: the seeds' prompt pack P01–P20; the file format is in `greedy-pack.json` itself and in [PackParser].
///
/// @param maxTokens tokens to generate at most, greedily (temperature 0, top-k 1, seed 1, one turn)
public record GreedyPack(String name, int maxTokens, List<GreedyPrompt> prompts) {
    private static final String RESOURCE = "/greedy/greedy-pack.json";

    public GreedyPack {
        prompts = List.copyOf(prompts);
    }

    /// The pack that ships.
    public static GreedyPack builtIn() {
        try (InputStream in = GreedyPack.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException(RESOURCE + " is missing from the jar");
            }
            return PackParser.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), "built-in pack");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Errors: EvalException naming file, prompt and field.
    public static GreedyPack load(Path file) {
        try {
            return PackParser.parse(Files.readString(file), file.toString());
        } catch (IOException e) {
            throw new EvalException(
                    EvalException.Kind.BAD_INPUT,
                    file + ": cannot be read as a UTF-8 greedy pack: " + e.getMessage(),
                    e);
        }
    }
}

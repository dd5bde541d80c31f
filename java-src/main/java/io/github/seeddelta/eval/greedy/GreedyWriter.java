package io.github.seeddelta.eval.greedy;

import io.github.seeddelta.eval.AtomicText;
import java.io.IOException;
import java.nio.file.Path;

/// Writes the answers: `base/P01_….txt`, `sd/…`, `diff/…` and `summary.txt`, each by atomic rename.
public final class GreedyWriter {
    private GreedyWriter() {}

    public static void write(Path dir, GreedyResult result) throws IOException {
        for (PromptResult p : result.prompts()) {
            String file = p.fileName() + ".txt";
            AtomicText.write(dir.resolve("base").resolve(file), p.baseAnswer());
            AtomicText.write(dir.resolve("sd").resolve(file), p.modelAnswer());
            AtomicText.write(dir.resolve("diff").resolve(file), WordDiff.asText(p.baseAnswer(), p.modelAnswer()));
        }
        AtomicText.write(dir.resolve("summary.txt"), result.summary());
    }
}

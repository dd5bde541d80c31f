package io.github.seeddelta.toy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The embedded model: small enough to know what the right answers are. Its card is models/toy-b.md.
public final class ToyB {
    private static final String MODEL = "/models/toy-b.gguf";
    private static final String TEXT = "/toy/toy-b-text.txt";
    private static final String ITEMS = "/toy/toy-b-heldout.json";

    private ToyB() {}

    /// A question the model never saw in training, with the only right answer.
    public record Item(String task, String prompt, String expected) {}

    /// Right answers and questions of one task.
    public record Score(int right, int asked) {
        public double share() {
            return asked == 0 ? 0 : (double) right / asked;
        }
    }

    public static void writeModel(Path file) {
        copy(MODEL, file);
    }

    /// Held-out plain text, for perplexity.
    public static void writeText(Path file) {
        copy(TEXT, file);
    }

    /// Up to `perTask` held-out items of every task, in file order.
    public static List<Item> items(int perTask) {
        try (InputStream in = open(ITEMS)) {
            Map<String, Integer> taken = new LinkedHashMap<>();
            List<Item> items = new ArrayList<>();
            for (JsonNode node : new ObjectMapper().readTree(in).path("items")) {
                String task = node.path("task").asText();
                if (taken.merge(task, 1, Integer::sum) <= perTask) {
                    items.add(new Item(
                            task,
                            node.path("prompt").asText(),
                            node.path("expected").asText()));
                }
            }
            return items;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Exact matches by task.
    ///
    /// @param answers one for each item, as generated
    public static Map<String, Score> score(List<Item> items, List<String> answers) {
        Map<String, Score> scores = new LinkedHashMap<>();
        for (int i = 0; i < items.size(); i++) {
            int right = answers.get(i).equals(items.get(i).expected()) ? 1 : 0;
            scores.merge(
                    items.get(i).task(),
                    new Score(right, 1),
                    (a, b) -> new Score(a.right() + b.right(), a.asked() + b.asked()));
        }
        return scores;
    }

    private static void copy(String resource, Path file) {
        try (InputStream in = open(resource)) {
            Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InputStream open(String resource) {
        return Optional.ofNullable(ToyB.class.getResourceAsStream(resource))
                .orElseThrow(() -> new IllegalStateException("the program was packed without " + resource));
    }
}

package io.github.seeddelta.toy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
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
    private static final String CALIBRATION = "/toy/toy-b-calibration.txt";
    private static final String POLICY = "/toy/toy-b-policy.json";
    private static final String DEMO_POLICY = "/toy/demo-policy.json";
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

    /// Half of the held-out text, by lines.
    public enum Half {
        FIRST,
        SECOND
    }

    public static void writeText(Path file, Half half) {
        List<String> lines =
                new String(bytes(TEXT), StandardCharsets.UTF_8).lines().toList();
        int middle = lines.size() / 2;
        List<String> kept = half == Half.FIRST ? lines.subList(0, middle) : lines.subList(middle, lines.size());
        try {
            Files.writeString(file, String.join("\n", kept) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Text and task items for imatrix and moments, none of them held out for measuring.
    public static void writeCalibration(Path file) {
        copy(CALIBRATION, file);
    }

    /// How this model's weights are replaced when nobody says otherwise: the settings of `toy b`.
    public static byte[] policy() {
        return bytes(POLICY);
    }

    /// What `demo` builds with; its only settings.
    public static byte[] demoPolicy() {
        return bytes(DEMO_POLICY);
    }

    /// Up to `perTask` held-out items of every task, in file order.
    public static List<Item> items(int perTask) {
        return items(0, perTask);
    }

    /// Held-out items `from` to `to` − 1 of every task, in file order.
    public static List<Item> items(int from, int to) {
        try (InputStream in = open(ITEMS)) {
            Map<String, Integer> taken = new LinkedHashMap<>();
            List<Item> items = new ArrayList<>();
            for (JsonNode node : new ObjectMapper().readTree(in).path("items")) {
                String task = node.path("task").asText();
                int number = taken.merge(task, 1, Integer::sum);
                if (number > from && number <= to) {
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

    private static byte[] bytes(String resource) {
        try (InputStream in = open(resource)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InputStream open(String resource) {
        return Optional.ofNullable(ToyB.class.getResourceAsStream(resource))
                .orElseThrow(() -> new IllegalStateException("the program was packed without " + resource));
    }
}

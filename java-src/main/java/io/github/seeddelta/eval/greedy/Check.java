package io.github.seeddelta.eval.greedy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A rule that an answer keeps or breaks. Pure; the same rule is put to the base's answer and to the model's.
public sealed interface Check {
    /// The name in the pack file and in the results.
    String name();

    /// @param base the base's answer to the same prompt, for rules that are relative to it
    Outcome judge(String answer, String base);

    /// There is an answer at all, unless the base has none either.
    record Answers() implements Check {
        @Override
        public String name() {
            return "answers";
        }

        @Override
        public Outcome judge(String answer, String base) {
            return answer.isBlank() && !base.isBlank() ? Outcome.fail("empty") : Outcome.pass("not empty");
        }
    }

    /// The answer is not stuck in a loop.
    record NoLoop() implements Check {
        @Override
        public String name() {
            return "rep";
        }

        @Override
        public Outcome judge(String answer, String base) {
            Repetition r = Repetition.of(answer);
            return Outcome.of(
                    !r.isStuck(),
                    String.format(
                            Locale.ROOT,
                            "run %d, loop %.0f %%, repeated %.0f %%, symbols %d",
                            r.longestRun(),
                            100 * r.loopShare(),
                            100 * r.repeatedShare(),
                            r.longestSymbolRun()));
        }
    }

    /// The answer stays in its language: the one given, or else the one in which the base clearly answered.
    record SameLanguage(Optional<Language> expected) implements Check {
        @Override
        public String name() {
            return "drift";
        }

        @Override
        public Outcome judge(String answer, String base) {
            LanguageProfile baseProfile = LanguageProfile.of(base);
            return expected.or(baseProfile::language)
                    .map(language -> Drift.find(answer, language, baseProfile)
                            .map(Outcome::fail)
                            .orElseGet(() -> Outcome.pass(language.code())))
                    .orElseGet(() -> Outcome.pass("the base's language is not clear"));
        }
    }

    /// The answer is exactly this text, but for case, white space around it and one full stop.
    record Exact(String value) implements Check {
        @Override
        public String name() {
            return "exact";
        }

        @Override
        public Outcome judge(String answer, String base) {
            String bare = answer.strip();
            if (bare.endsWith(".")) {
                bare = bare.substring(0, bare.length() - 1);
            }
            return Outcome.of(bare.equalsIgnoreCase(value), "is \"" + Text.shorten(bare, 40) + "\"");
        }
    }

    /// The answer is one JSON object, fenced or not, that has these keys and, where given, these values.
    record JsonObject(List<String> keys, Map<String, JsonNode> values) implements Check {
        private static final ObjectMapper STRICT =
                new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

        public JsonObject {
            keys = List.copyOf(keys);
            values = Map.copyOf(values);
        }

        @Override
        public String name() {
            return "json";
        }

        @Override
        public Outcome judge(String answer, String base) {
            JsonNode node;
            try {
                node = STRICT.readTree(Text.unfence(answer));
            } catch (JsonProcessingException e) {
                return Outcome.fail("not valid JSON");
            }
            if (!node.isObject()) {
                return Outcome.fail("not a JSON object");
            }
            for (String key : keys) {
                if (!node.has(key)) {
                    return Outcome.fail("key \"" + key + "\" is missing");
                }
            }
            for (Map.Entry<String, JsonNode> e : values.entrySet()) {
                if (!e.getValue().equals(node.get(e.getKey()))) {
                    return Outcome.fail("\"" + e.getKey() + "\" is not " + e.getValue());
                }
            }
            return Outcome.pass("valid, all keys");
        }
    }

    /// A list of so many items, each of at most so many words.
    record Bullets(int count, int maxWords) implements Check {
        @Override
        public String name() {
            return "bullets";
        }

        @Override
        public Outcome judge(String answer, String base) {
            List<String> bullets = Words.bullets(answer);
            int longest =
                    bullets.stream().mapToInt(b -> Words.of(b).size()).max().orElse(0);
            return Outcome.of(
                    bullets.size() == count && longest <= maxWords,
                    "items: " + bullets.size() + ", longest: " + longest + " words");
        }
    }

    record Sentences(int count) implements Check {
        @Override
        public String name() {
            return "sentences";
        }

        @Override
        public Outcome judge(String answer, String base) {
            int sentences = Words.sentences(answer);
            return Outcome.of(sentences == count, "sentences: " + sentences);
        }
    }

    /// No word occurs twice.
    record NoRepeatedWord() implements Check {
        @Override
        public String name() {
            return "no_repeated_word";
        }

        @Override
        public Outcome judge(String answer, String base) {
            Set<String> seen = new HashSet<>();
            for (String word : Words.of(answer)) {
                if (!seen.add(word)) {
                    return Outcome.fail("\"" + word + "\" twice");
                }
            }
            return Outcome.pass(seen.size() + " words, none twice");
        }
    }

    /// So many words, all different. List markers are not words.
    record DistinctWords(int count) implements Check {
        @Override
        public String name() {
            return "distinct_words";
        }

        @Override
        public Outcome judge(String answer, String base) {
            List<String> bullets = Words.bullets(answer);
            List<String> words = Words.of(bullets.isEmpty() ? answer : String.join(" ", bullets));
            int distinct = Set.copyOf(words).size();
            return Outcome.of(
                    words.size() == count && distinct == count, words.size() + " words, " + distinct + " distinct");
        }
    }

    record MaxWords(int max) implements Check {
        @Override
        public String name() {
            return "max_words";
        }

        @Override
        public Outcome judge(String answer, String base) {
            int words = Words.of(answer).size();
            return Outcome.of(words >= 1 && words <= max, "words: " + words);
        }
    }

    /// At most so many lines that are not blank.
    record MaxLines(int max) implements Check {
        @Override
        public String name() {
            return "max_lines";
        }

        @Override
        public Outcome judge(String answer, String base) {
            long lines = answer.lines().filter(l -> !l.isBlank()).count();
            return Outcome.of(lines >= 1 && lines <= max, "lines: " + lines);
        }
    }
}

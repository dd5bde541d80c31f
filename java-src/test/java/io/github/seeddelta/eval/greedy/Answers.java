package io.github.seeddelta.eval.greedy;

import java.util.stream.Stream;

/// Made answers in both languages: stuck ones and good ones.
final class Answers {
    static final String GOOD_ES =
            "La latencia es el tiempo que pasa entre una petición y su respuesta. Cuanto menor es, más rápido parece el"
                    + " sistema para quien lo usa, aunque el trabajo total sea el mismo.";
    static final String GOOD_EN =
            "The first reason is that small errors in the weights push the model towards the most common tokens. The"
                    + " second is that greedy decoding never leaves such a state once it has entered it.";

    private Answers() {}

    static Stream<String> stuck() {
        return Stream.of(
                "now now now now now now now now now now now now",
                "Hola, ¿cómo estás? muy muy muy muy muy muy bien",
                "La caché guarda datos. " + "La caché es una memoria rápida. ".repeat(8),
                "The model is good. " + "I think that the model is a good model and ".repeat(6),
                // only the counter changes
                numbered("%d. Limpia la cafetera con agua caliente\n", 9),
                // one long paragraph, twice
                (GOOD_ES + " " + GOOD_EN + " ").repeat(2),
                "!".repeat(120),
                "}\n}\n".repeat(40),
                // a loop that starts late
                GOOD_EN + " " + "and the same and the same ".repeat(7));
    }

    static Stream<String> good() {
        return Stream.of(
                GOOD_ES,
                GOOD_EN,
                "listo",
                "391",
                "¡Hola! ¿En qué puedo ayudarte hoy?",
                "- El modelo memoriza los datos de entrenamiento.\n- El modelo falla con datos nuevos.\n"
                        + "- El modelo necesita más datos o regularización.",
                "{\"task\": \"café\", \"lang\": \"es\", \"steps\": [\"paso 1\", \"paso 2\", \"paso 3\", \"paso 4\"]}",
                "threads: 8\nctx: 512\ntemp: 0\ntop_k: 1\nseed: 1\n",
                "(?i)\\b(\\w+)\\b(?:\\s+\\1\\b){2} matches \"now now now\".",
                GO,
                "SELECT user_id, COUNT(*) AS n FROM events WHERE created_at >= now() - interval '24 hours'"
                        + " GROUP BY user_id ORDER BY n DESC LIMIT 10;",
                "| a | b | c |\n|---|---|---|\n| 0 | 0 | 0 |\n| 0 | 0 | 0 |\n| 0 | 0 | 0 |",
                "compresión, archivo, zip, datos, bits, entropía, códec, tamaño",
                "No, no, no: eso no es así. Muy, muy despacio se llega lejos.");
    }

    static final String GO = """
            ```go
            func Retry(n int, f func() error) error {
                delay := 100 * time.Millisecond
                var err error
                for i := 0; i < n; i++ {
                    if err = f(); err == nil {
                        return nil
                    }
                    time.Sleep(delay)
                    delay *= 2
                }
                return err
            }
            ```
            """;

    private static String numbered(String line, int count) {
        StringBuilder out = new StringBuilder();
        for (int i = 1; i <= count; i++) {
            out.append(line.formatted(i));
        }
        return out.toString();
    }
}

package io.github.seeddelta.eval.greedy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.TextNode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CheckTest {
    private static boolean passes(Check check, String answer) {
        return check.judge(answer, answer).pass();
    }

    @Test
    void exact_forgives_case_space_and_one_full_stop_only() {
        Check listo = new Check.Exact("listo");
        assertThat(List.of("listo", " Listo.\n", "LISTO")).allMatch(a -> passes(listo, a));
        assertThat(List.of("listo listo", "Estoy listo", "listo..", "", "ready"))
                .noneMatch(a -> passes(listo, a));
    }

    @Test
    void json_needs_one_object_with_all_keys() {
        Check json = new Check.JsonObject(List.of("task", "lang"), Map.of("lang", TextNode.valueOf("es")));
        assertThat(passes(json, "{\"task\":\"\",\"lang\":\"es\"}")).isTrue();
        assertThat(passes(json, "```json\n{\"task\":\"\",\"lang\":\"es\"}\n```"))
                .isTrue();
        assertThat(List.of(
                        "{\"task\":\"\",\"lang\":\"en\"}",
                        "{\"task\":\"\"}",
                        "{\"task\":\"\",\"lang\":\"es\"} {}",
                        "Claro: {\"task\":\"\",\"lang\":\"es\"}",
                        "{\"task\":\"\",\"lang\":\"es\"",
                        "[1]",
                        ""))
                .noneMatch(a -> passes(json, a));
    }

    @Test
    void bullets_are_counted_and_measured() {
        Check three = new Check.Bullets(3, 4);
        assertThat(passes(three, "- uno dos\n- tres\n- cuatro cinco seis siete"))
                .isTrue();
        assertThat(passes(three, "1. uno\n2) dos\n3. tres")).isTrue();
        assertThat(passes(three, "Aquí van:\n\n* uno\n* dos\n* tres\n")).isTrue();
        assertThat(passes(three, "- uno\n- dos")).isFalse();
        assertThat(passes(three, "- uno dos tres cuatro cinco\n- dos\n- tres")).isFalse();
        assertThat(passes(three, "uno, dos, tres")).isFalse();
    }

    @Test
    void sentences_are_counted_with_or_without_a_last_full_stop() {
        Check two = new Check.Sentences(2);
        assertThat(passes(two, "Una caché guarda datos. Así responde antes.")).isTrue();
        assertThat(passes(two, "¿Qué es? Es el tiempo de espera")).isTrue();
        assertThat(passes(two, "La versión 2.5 tarda 3.1 ms. Es poco...")).isTrue();
        assertThat(passes(two, "Solo una.")).isFalse();
        assertThat(passes(two, "Una. Dos. Tres.")).isFalse();
        assertThat(passes(two, "")).isFalse();
    }

    @Test
    void words_are_counted_in_both_languages() {
        assertThat(passes(new Check.NoRepeatedWord(), "Datos persisten. Caché ayuda."))
                .isTrue();
        assertThat(passes(new Check.NoRepeatedWord(), "La caché ayuda. La red no."))
                .isFalse();
        Check eight = new Check.DistinctWords(8);
        assertThat(passes(eight, "compresión, zip, bits, entropía, códec, tamaño, datos, archivo"))
                .isTrue();
        assertThat(passes(eight, "1. a\n2. b\n3. c\n4. d\n5. e\n6. f\n7. g\n8. h"))
                .isTrue();
        assertThat(passes(eight, "zip, zip, bits, entropía, códec, tamaño, datos, archivo"))
                .isFalse();
        assertThat(passes(eight, "zip, bits")).isFalse();
        assertThat(passes(new Check.MaxWords(3), "uno dos tres")).isTrue();
        assertThat(passes(new Check.MaxWords(3), "uno dos tres cuatro")).isFalse();
        assertThat(passes(new Check.MaxWords(3), " ")).isFalse();
        assertThat(passes(new Check.MaxLines(2), "a\n\nb\n")).isTrue();
        assertThat(passes(new Check.MaxLines(2), "a\nb\nc")).isFalse();
    }

    @Test
    void silence_counts_only_where_the_base_speaks() {
        assertThat(new Check.Answers().judge(" \n", "hola").pass()).isFalse();
        assertThat(new Check.Answers().judge("", "").pass()).isTrue();
    }
}

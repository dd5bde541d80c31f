package io.github.seeddelta.eval.greedy;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class WordDiffTest {
    @Test
    void shows_what_only_one_side_has() {
        assertThat(WordDiff.asText("la caché guarda datos", "la caché pierde datos"))
                .isEqualTo("la caché [-guarda-]{+pierde+} datos");
        assertThat(WordDiff.asText("same", "same")).isEqualTo("same");
        assertThat(WordDiff.asText("is a b c end", "is x y z end")).isEqualTo("is [-a b c-]{+x y z+} end");
        assertThat(WordDiff.asText("", "new")).isEqualTo("{+new+}");
        assertThat(WordDiff.asText("", "")).isEmpty();
    }

    @Test
    void long_answers_are_one_change() {
        assertThat(WordDiff.of("a ".repeat(3000), "b")).hasSize(2);
    }

    @Property(tries = 300)
    void both_answers_can_be_read_off_the_parts(
            @ForAll @StringLength(max = 30) @CharRange(from = 'a', to = 'c') String a,
            @ForAll @StringLength(max = 30) @CharRange(from = 'a', to = 'c') String b) {
        String left = a.replace('c', ' ');
        String right = b.replace('c', ' ');
        StringBuilder base = new StringBuilder();
        StringBuilder model = new StringBuilder();
        for (WordDiff.Part part : WordDiff.of(left, right)) {
            if (part.kind() != WordDiff.Kind.ONLY_MODEL) {
                base.append(part.text());
            }
            if (part.kind() != WordDiff.Kind.ONLY_BASE) {
                model.append(part.text());
            }
        }
        assertThat(base.toString()).isEqualTo(left);
        assertThat(model.toString()).isEqualTo(right);
    }
}

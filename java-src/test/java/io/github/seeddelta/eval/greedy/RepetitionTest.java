package io.github.seeddelta.eval.greedy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RepetitionTest {
    @ParameterizedTest
    @MethodSource("io.github.seeddelta.eval.greedy.Answers#stuck")
    void a_stuck_answer_is_seen(String answer) {
        assertThat(Repetition.of(answer).isStuck()).as(answer).isTrue();
    }

    @ParameterizedTest
    @MethodSource("io.github.seeddelta.eval.greedy.Answers#good")
    void a_good_answer_raises_no_alarm(String answer) {
        Repetition r = Repetition.of(answer);
        assertThat(r.isStuck()).as("%s: %s", r, answer).isFalse();
    }

    @Test
    void figures_of_small_examples() {
        assertThat(Repetition.of("now now now, then now").longestRun()).isEqualTo(3);
        assertThat(Repetition.of("0 0 0 0 0 0 0").longestRun()).isZero();
        assertThat(Repetition.of("start a b a b a b end").loopShare()).isEqualTo(6.0 / 8);
        assertThat(Repetition.of("a b c d a b c d").repeatedShare()).isEqualTo(1.0 / 5);
        assertThat(Repetition.of("").isStuck()).isFalse();
        assertThat(Repetition.of("!!!! !!").longestSymbolRun()).isEqualTo(6);
        assertThat(Repetition.of("x ylumylumylumy").longestSymbolRun()).isEqualTo(13);
        assertThat(Repetition.of("0,0,0,0,0,0").longestSymbolRun()).isEqualTo(1);
    }

    @Test
    void wordsWithoutSpacesAreSeenAsStuck() {
        assertThat(Repetition.of("ylum".repeat(40)).isStuck()).isTrue();
        assertThat(Repetition.of("ppo".repeat(40) + "rict".repeat(60)).isStuck())
                .isTrue();
    }
}

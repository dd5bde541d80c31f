package io.github.seeddelta.cli.frame;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NearestTest {
    private static final List<String> KNOWN = List.of("build", "clean", "status", "--json", "-h");

    @ParameterizedTest
    @CsvSource({"biuld,build", "buil,build", "claen,clean", "stats,status", "--jsn,--json", "build,build"})
    void findsWhatWasMeant(String typed, String meant) {
        assertThat(Nearest.to(typed, KNOWN)).contains(meant);
    }

    @ParameterizedTest
    @CsvSource({"-x", "restore", "''", "zz"})
    void staysSilentWhenNothingIsClose(String typed) {
        assertThat(Nearest.to(typed, KNOWN)).isEmpty();
    }

    @Test
    void countsASwapOfNeighboursOnce() {
        assertThat(io.github.seeddelta.policy.Nearest.distance("ab", "ba")).isEqualTo(1);
        assertThat(io.github.seeddelta.policy.Nearest.distance("", "abc")).isEqualTo(3);
        assertThat(io.github.seeddelta.policy.Nearest.distance("kitten", "sitting"))
                .isEqualTo(3);
    }
}

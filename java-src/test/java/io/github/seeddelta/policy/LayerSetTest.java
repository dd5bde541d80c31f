package io.github.seeddelta.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LayerSetTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "8         | 12 | 8",
                "0         | 12 | 0",
                "9-11      | 12 | 9 10 11",
                "9-40      | 12 | 9 10 11",
                "8,2-3     | 12 | 2 3 8",
                "2-4,3     | 12 | 2 3 4",
                "last:2    | 12 | 10 11",
                "last:99   | 3  | 0 1 2",
                "0,last:1  | 4  | 0 3",
                "12        | 12 | ''",
            })
    void meansTheseLayers(String text, int layerCount, String layers) {
        LayerSet set = LayerSet.parse(text);
        String found = IntStream.range(0, 100)
                .filter(layer -> set.contains(layer, layerCount))
                .mapToObj(String::valueOf)
                .collect(Collectors.joining(" "));
        assertThat(found).isEqualTo(layers);
        assertThat(set.misses(layerCount)).isEqualTo(layers.isEmpty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", " ", "8 ", "a", "-1", "1-", "-", "1--2", "1,,2", ",1", "1,", "08", "last:0", "last:", "last:-1",
                "1-2-3", "100000", "all", "1.0"
            })
    void anythingElseIsRefused(String text) {
        assertThatThrownBy(() -> LayerSet.parse(text)).hasMessageContaining("is not a layer expression");
    }
}

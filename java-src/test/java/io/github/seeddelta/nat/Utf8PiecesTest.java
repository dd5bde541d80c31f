package io.github.seeddelta.nat;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class Utf8PiecesTest {
    private static final String TEXT = "ñ€ a𝄞\n";

    @Test
    void anySplitGivesTheSameText() {
        byte[] bytes = TEXT.getBytes(StandardCharsets.UTF_8);
        for (int size = 1; size <= bytes.length; size++) {
            Utf8Pieces pieces = new Utf8Pieces();
            StringBuilder text = new StringBuilder();
            for (int from = 0; from < bytes.length; from += size) {
                text.append(pieces.add(java.util.Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + size))));
            }
            assertThat(text.append(pieces.end()).toString())
                    .as("pieces of %d bytes", size)
                    .isEqualTo(TEXT);
        }
    }

    @Test
    void charactersComeOutWhenComplete() {
        Utf8Pieces pieces = new Utf8Pieces();
        assertThat(pieces.add(new byte[] {'a', (byte) 0xE2, (byte) 0x82})).isEqualTo("a");
        assertThat(pieces.add(new byte[] {(byte) 0xAC})).isEqualTo("€");
        assertThat(pieces.end()).isEmpty();
    }

    @Test
    void brokenBytesAreReplaced() {
        Utf8Pieces pieces = new Utf8Pieces();
        assertThat(pieces.add(new byte[] {(byte) 0xFF, 'b', (byte) 0xE2})).isEqualTo("\uFFFDb");
        assertThat(pieces.end()).isEqualTo("\uFFFD");
    }
}

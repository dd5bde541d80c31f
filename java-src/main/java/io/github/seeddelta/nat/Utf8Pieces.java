package io.github.seeddelta.nat;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/// Turns the byte pieces of tokens into text, holding back the start of a character until the rest of it comes. Bytes
/// that are no UTF-8 become U+FFFD.
public final class Utf8Pieces {
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private byte[] held = new byte[0];

    /// The whole characters that are complete with `piece`.
    public String add(byte[] piece) {
        return decode(piece, false);
    }

    /// What is still held back; call once at the end.
    public String end() {
        return decode(new byte[0], true);
    }

    private String decode(byte[] piece, boolean last) {
        ByteBuffer input = ByteBuffer.allocate(held.length + piece.length)
                .put(held)
                .put(piece)
                .flip();
        CharBuffer output = CharBuffer.allocate(input.remaining() + 1);
        decoder.decode(input, output, last);
        if (last) {
            decoder.flush(output);
            decoder.reset();
        }
        held = new byte[input.remaining()];
        input.get(held);
        return output.flip().toString();
    }
}

package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.llama.LlamaC;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The vocabulary of a loaded model (`llama_vocab`). Lives as long as the model; any number of threads may use it.
public final class Tokenizer {
    private static final int PIECE_BYTES = 256;
    private final LlamaModel model;
    private final MemorySegment vocab;

    Tokenizer(LlamaModel model, MemorySegment vocab) {
        this.model = model;
        this.vocab = vocab;
    }

    /// Text to token ids.
    ///
    /// @param utf8 the text; bytes that are no UTF-8 are tokenised as llama.cpp sees fit
    /// @param addSpecial add begin and end tokens as the model is configured
    /// @param parseSpecial read the spelling of a special token as that token
    /// @throws NativeException.Input when the text is too long
    public int[] tokenize(byte[] utf8, boolean addSpecial, boolean parseSpecial) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocateFrom(ValueLayout.JAVA_BYTE, utf8);
            int capacity = Math.addExact(utf8.length, 2);
            MemorySegment tokens = arena.allocate(ValueLayout.JAVA_INT, capacity);
            int count = LlamaC.llama_tokenize(vocab(), text, utf8.length, tokens, capacity, addSpecial, parseSpecial);
            if (count < 0 && count != Integer.MIN_VALUE) {
                tokens = arena.allocate(ValueLayout.JAVA_INT, -count);
                count = LlamaC.llama_tokenize(vocab(), text, utf8.length, tokens, -count, addSpecial, parseSpecial);
            }
            if (count < 0) {
                throw new NativeException.Input("a text of " + utf8.length + " bytes has too many tokens for " + model);
            }
            return tokens.asSlice(0, count * ValueLayout.JAVA_INT.byteSize()).toArray(ValueLayout.JAVA_INT);
        }
    }

    /// The bytes that a token stands for; a character can be spread over several tokens. Special tokens give none.
    public byte[] piece(int token) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(PIECE_BYTES);
            int count = LlamaC.llama_token_to_piece(vocab(), token, bytes, PIECE_BYTES, 0, false);
            if (count < 0) {
                bytes = arena.allocate(-count);
                count = LlamaC.llama_token_to_piece(vocab(), token, bytes, -count, 0, false);
            }
            return bytes.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /// Number of tokens, and so of logits in a row.
    public int size() {
        return LlamaC.llama_vocab_n_tokens(vocab());
    }

    public int beginToken() {
        return LlamaC.llama_vocab_bos(vocab());
    }

    public boolean addsBeginToken() {
        return LlamaC.llama_vocab_get_add_bos(vocab());
    }

    public boolean addsEndToken() {
        return LlamaC.llama_vocab_get_add_eos(vocab());
    }

    /// Whether generation ends at this token.
    public boolean endsGeneration(int token) {
        return LlamaC.llama_vocab_is_eog(vocab(), token);
    }

    private MemorySegment vocab() {
        model.handle();
        return vocab;
    }
}

package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.llama.llama_batch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Tokens to decode together (`llama_batch`), each in one sequence. Belongs to the context that made it.
public final class LlamaBatch {
    private final int capacity;
    private final MemorySegment struct;
    private final MemorySegment tokens;
    private final MemorySegment positions;
    private final MemorySegment sequences;
    private final MemorySegment wantLogits;
    private int size;
    private int outputs;

    LlamaBatch(Arena arena, int capacity) {
        this.capacity = capacity;
        this.struct = llama_batch.allocate(arena);
        this.tokens = arena.allocate(ValueLayout.JAVA_INT, capacity);
        this.positions = arena.allocate(ValueLayout.JAVA_INT, capacity);
        this.sequences = arena.allocate(ValueLayout.JAVA_INT, capacity);
        this.wantLogits = arena.allocate(ValueLayout.JAVA_BYTE, capacity);
        MemorySegment sequenceCounts = arena.allocate(ValueLayout.JAVA_INT, capacity);
        MemorySegment sequenceLists = arena.allocate(ValueLayout.ADDRESS, capacity);
        for (int i = 0; i < capacity; i++) {
            sequenceCounts.setAtIndex(ValueLayout.JAVA_INT, i, 1);
            sequenceLists.setAtIndex(ValueLayout.ADDRESS, i, sequences.asSlice(i * ValueLayout.JAVA_INT.byteSize()));
        }
        llama_batch.token(struct, tokens);
        llama_batch.embd(struct, MemorySegment.NULL);
        llama_batch.pos(struct, positions);
        llama_batch.n_seq_id(struct, sequenceCounts);
        llama_batch.seq_id(struct, sequenceLists);
        llama_batch.logits(struct, wantLogits);
    }

    public void clear() {
        size = 0;
        outputs = 0;
    }

    /// @param position in the sequence, from 0
    /// @param wantsLogits whether the logits after this token are needed
    /// @throws IndexOutOfBoundsException when the batch is full
    public void add(int token, int position, int sequence, boolean wantsLogits) {
        if (size == capacity) {
            throw new IndexOutOfBoundsException("the batch is full: " + capacity + " tokens");
        }
        tokens.setAtIndex(ValueLayout.JAVA_INT, size, token);
        positions.setAtIndex(ValueLayout.JAVA_INT, size, position);
        sequences.setAtIndex(ValueLayout.JAVA_INT, size, sequence);
        wantLogits.set(ValueLayout.JAVA_BYTE, size, (byte) (wantsLogits ? 1 : 0));
        size++;
        outputs += wantsLogits ? 1 : 0;
    }

    public int capacity() {
        return capacity;
    }

    public int size() {
        return size;
    }

    /// How many rows of logits the batch gives.
    public int outputs() {
        return outputs;
    }

    MemorySegment struct() {
        llama_batch.n_tokens(struct, size);
        return struct;
    }
}

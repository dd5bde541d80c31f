package io.github.seeddelta.eval.run;

import io.github.seeddelta.nat.LlamaBatch;
import io.github.seeddelta.nat.LlamaContext;

/// Decodes tokens whose content does not matter: the same ones in every run, spread over the vocabulary.
final class Filler {
    private static final int STRIDE = 7919;

    private final LlamaContext context;
    private final int vocabSize;
    private int position;

    Filler(LlamaContext context) {
        this.context = context;
        this.vocabSize = context.model().tokenizer().size();
    }

    /// Forgets all tokens and decodes `count` of them in batches, logits for the last one only; waits for the result.
    void prompt(int count) {
        context.clear();
        LlamaBatch batch = context.batch();
        for (position = 0; position < count; ) {
            batch.clear();
            int end = Math.min(count, position + batch.capacity());
            while (position < end) {
                batch.add(token(), position, 0, position == count - 1);
                position++;
            }
            context.decode(batch);
        }
        context.synchronize();
    }

    /// Goes on with `count` tokens, one at a time, as generation does; waits for the last.
    void tokens(int count) {
        LlamaBatch batch = context.batch();
        for (int i = 0; i < count; i++) {
            batch.clear();
            batch.add(token(), position, 0, true);
            position++;
            context.decode(batch);
            context.synchronize();
        }
    }

    private int token() {
        return (int) ((1L + position) * STRIDE % vocabSize);
    }
}

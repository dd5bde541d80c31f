package io.github.seeddelta.nat;

import java.util.Arrays;
import java.util.function.Predicate;

/// Continues a prompt, token by token.
public final class TextGenerator {
    private TextGenerator() {}

    /// Why generation stopped.
    public enum Stop {
        LENGTH,
        END_TOKEN,
        CONTEXT_FULL,
        LISTENER
    }

    /// @param promptNanos time to decode the prompt
    /// @param tokenNanos time from there to the end
    public record Result(int promptTokens, int tokens, Stop stop, long promptNanos, long tokenNanos) {}

    /// Clears the context, decodes `prompt` and samples up to `maxTokens` tokens.
    ///
    /// @param listener gets the bytes of each token and says whether to go on
    /// @throws NativeException.Input when the prompt is empty or fills the context
    public static Result generate(
            LlamaContext context, int[] prompt, int maxTokens, Sampler sampler, Predicate<byte[]> listener) {
        if (prompt.length == 0 || prompt.length >= context.ctx()) {
            throw new NativeException.Input("the prompt has " + prompt.length + " tokens; the context of "
                    + context.ctx() + " takes from 1 to " + (context.ctx() - 1));
        }
        Tokenizer tokenizer = context.model().tokenizer();
        long start = System.nanoTime();
        LlamaBatch batch = context.batch();
        int last = decodePrompt(context, batch, prompt);
        context.synchronize();
        long promptEnd = System.nanoTime();
        Stop stop = Stop.LENGTH;
        int count = 0;
        int position = prompt.length;
        while (count < maxTokens) {
            int token = sampler.pick(context.logits(last, 1));
            if (tokenizer.endsGeneration(token)) {
                stop = Stop.END_TOKEN;
                break;
            }
            count++;
            if (!listener.test(tokenizer.piece(token))) {
                stop = Stop.LISTENER;
                break;
            }
            if (count < maxTokens) {
                if (position == context.ctx()) {
                    stop = Stop.CONTEXT_FULL;
                    break;
                }
                batch.clear();
                batch.add(token, position++, 0, true);
                context.decode(batch);
                last = 0;
            }
        }
        return new Result(prompt.length, count, stop, promptEnd - start, System.nanoTime() - promptEnd);
    }

    /// @return index of the prompt's last token in the last batch
    private static int decodePrompt(LlamaContext context, LlamaBatch batch, int[] prompt) {
        context.clear();
        int from = 0;
        while (true) {
            int to = Math.min(prompt.length, from + batch.capacity());
            batch.clear();
            int[] part = Arrays.copyOfRange(prompt, from, to);
            for (int i = 0; i < part.length; i++) {
                batch.add(part[i], from + i, 0, from + i == prompt.length - 1);
            }
            context.decode(batch);
            if (to == prompt.length) {
                return part.length - 1;
            }
            from = to;
        }
    }
}

package io.github.seeddelta.eval.greedy;

/// Answers one prompt greedily: the seam to native code.
///
/// An implementation applies the model's chat template where it has one, starts from an empty context, takes the most
/// likely token each time (temperature 0, top-k 1, seed 1), stops at an end-of-generation token or after `maxTokens`,
/// and returns the new text only.
@FunctionalInterface
public interface Answerer {
    String answer(String prompt, int maxTokens);
}

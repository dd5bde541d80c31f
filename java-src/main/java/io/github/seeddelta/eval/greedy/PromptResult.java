package io.github.seeddelta.eval.greedy;

import java.util.List;

/// Both answers to one prompt and what the checks say.
public record PromptResult(
        String id, String name, String prompt, String baseAnswer, String modelAnswer, List<CheckResult> checks) {
    public PromptResult {
        checks = List.copyOf(checks);
    }

    static PromptResult of(GreedyPrompt prompt, String baseAnswer, String modelAnswer) {
        List<CheckResult> checks = prompt.checks().stream()
                .map(check -> CheckResult.of(check, baseAnswer, modelAnswer))
                .toList();
        return new PromptResult(prompt.id(), prompt.name(), prompt.text(), baseAnswer, modelAnswer, checks);
    }

    /// True when some check holds for the base and not for the model.
    public boolean isFlagged() {
        return checks.stream().anyMatch(c -> c.status() == CheckResult.Status.FAIL);
    }

    public boolean isSameAnswer() {
        return baseAnswer.equals(modelAnswer);
    }

    public String fileName() {
        return id + "_" + name;
    }
}

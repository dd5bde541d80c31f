package io.github.seeddelta.eval.greedy;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The outcome of a pack. An anti-collapse smoke test: answers may differ, rules that the base keeps must be kept.
public record GreedyResult(List<PromptResult> prompts) {
    public GreedyResult {
        prompts = List.copyOf(prompts);
    }

    /// Puts every prompt of the pack to base and model.
    public static GreedyResult run(GreedyPack pack, Answerer base, Answerer model) {
        List<PromptResult> results = new ArrayList<>();
        for (GreedyPrompt prompt : pack.prompts()) {
            results.add(PromptResult.of(
                    prompt,
                    base.answer(prompt.text(), pack.maxTokens()),
                    model.answer(prompt.text(), pack.maxTokens())));
        }
        return new GreedyResult(results);
    }

    /// Judges answers that are already there, in the order of the pack.
    public static GreedyResult judge(GreedyPack pack, List<String> baseAnswers, List<String> modelAnswers) {
        if (baseAnswers.size() != pack.prompts().size()
                || modelAnswers.size() != pack.prompts().size()) {
            throw new IllegalArgumentException("one answer per prompt is needed from each side");
        }
        List<PromptResult> results = new ArrayList<>();
        for (int i = 0; i < pack.prompts().size(); i++) {
            results.add(PromptResult.of(pack.prompts().get(i), baseAnswers.get(i), modelAnswers.get(i)));
        }
        return new GreedyResult(results);
    }

    public long flagged() {
        return prompts.stream().filter(PromptResult::isFlagged).count();
    }

    public boolean pass() {
        return flagged() == 0;
    }

    /// `PASS` or `FAIL`.
    public String word() {
        return pass() ? "PASS" : "FAIL";
    }

    /// How many checks could say something, of all that were asked.
    public String coverage() {
        long all = prompts.stream().mapToLong(p -> p.checks().size()).sum();
        long mute = prompts.stream()
                .flatMap(p -> p.checks().stream())
                .filter(c -> c.status() == CheckResult.Status.BASE_FAILS)
                .count();
        return (all - mute) + " of " + all + " checks (the base fails " + mute + ")";
    }

    /// The summary file: one line per prompt with its repetition figures, then what failed, then the result.
    public String summary() {
        StringBuilder out = new StringBuilder();
        for (PromptResult p : prompts) {
            Repetition base = Repetition.of(p.baseAnswer());
            Repetition model = Repetition.of(p.modelAnswer());
            out.append(String.format(
                    Locale.ROOT,
                    "%-28s %-5s rep base %d/%.2f sd %d/%.2f  %s%n",
                    p.fileName(),
                    p.isFlagged() ? "FLAG" : "ok",
                    base.longestRun(),
                    base.loopShare(),
                    model.longestRun(),
                    model.loopShare(),
                    p.isSameAnswer() ? "same answer" : "other answer"));
            for (CheckResult c : p.checks()) {
                if (c.status() != CheckResult.Status.PASS) {
                    out.append(String.format(
                            Locale.ROOT,
                            "    %-16s %s: %s%n",
                            c.check(),
                            c.status().words(),
                            c.status() == CheckResult.Status.FAIL
                                    ? c.model().finding()
                                    : c.base().finding()));
                }
            }
        }
        out.append(coverage()).append('\n');
        out.append("Prompts flagged: ")
                .append(flagged())
                .append('/')
                .append(prompts.size())
                .append('\n');
        out.append("RESULT: ").append(word()).append('\n');
        return out.toString();
    }
}

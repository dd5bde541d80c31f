package io.github.seeddelta.eval.result;

import io.github.seeddelta.eval.stats.Bucket;
import io.github.seeddelta.eval.stats.Kld;
import io.github.seeddelta.eval.stats.Paired;
import io.github.seeddelta.eval.stats.Verdict;
import java.util.ArrayList;
import java.util.List;

/// An evaluation in a sentence, and a few more that keep it honest.
public record Headline(Tone tone, String title, List<String> details) {
    /// How to colour the title; the words say the same.
    public enum Tone {
        GOOD,
        NEUTRAL,
        BAD
    }

    /// Below this KLD, identical weights run by other kernels look different too (measured on SmolLM2-135M).
    public static final double KLD_RESOLUTION = 0.008;

    public static Headline of(EvalResult r) {
        List<String> details = new ArrayList<>();
        r.primary().ifPresent(b -> pplDetail(b, details));
        r.primary().flatMap(Bucket::kld).ifPresent(k -> kldDetail(r, k, details));
        details.add(size(r));
        r.greedy()
                .ifPresent(g -> details.add("Greedy pack: %s, %d of %d prompts flagged; %s could judge."
                        .formatted(g.word(), g.flagged(), g.prompts().size(), g.coverage())));
        if (r.reference().isPresent()) {
            details.add(reference(r.reference().get()));
        }
        if (r.reference().map(x -> !x.equal()).orElse(false)) {
            return new Headline(Tone.BAD, "Our perplexity is not upstream's: do not trust this page", details);
        }
        if (r.greedy().map(g -> !g.pass()).orElse(false)) {
            return new Headline(Tone.BAD, "Fails the greedy pack: answers collapse that the base gets right", details);
        }
        return r.primary()
                .map(b -> scored(b.paired(), details))
                .orElseGet(() -> new Headline(
                        r.greedy().isPresent() ? Tone.GOOD : Tone.NEUTRAL,
                        r.greedy().isPresent() ? "Passes the greedy pack" : "Nothing was scored",
                        details));
    }

    private static Headline scored(Paired p, List<String> details) {
        if (!Double.isFinite(p.lnPplRatio())) {
            return new Headline(Tone.BAD, "Broken: the model gives scores that are not finite", details);
        }
        if (p.isIdentical()) {
            return new Headline(Tone.GOOD, "Identical to the base: every token scores the same", details);
        }
        return switch (p.verdict()) {
            case WORSE -> new Headline(Tone.BAD, "Worse than the base: PPL " + Format.change(p), details);
            case BETTER -> new Headline(Tone.GOOD, "Lower PPL than the base: " + Format.change(p), details);
            case NO_DIFFERENCE -> new Headline(Tone.NEUTRAL, "No measurable PPL difference from the base", details);
        };
    }

    private static void pplDetail(Bucket b, List<String> details) {
        details.add("PPL %s against %s of the base, over %s of %s at ctx %d."
                .formatted(
                        Format.estimate(b.modelPpl().value(), b.modelPpl().se()),
                        Format.estimate(b.basePpl().value(), b.basePpl().se()),
                        Format.count(b.tokensScored(), "token"),
                        Format.count(b.chunks(), "chunk"),
                        b.ctx()));
        Paired p = b.paired();
        if (p.verdict() == Verdict.NO_DIFFERENCE && !p.isIdentical()) {
            details.add("The paired difference is %s: inside two standard errors.".formatted(Format.change(p)));
        }
    }

    private static void kldDetail(EvalResult r, Kld k, List<String> details) {
        details.add("KLD %s; the first choice is the base's in %s of the places."
                .formatted(Format.estimate(k.mean(), k.honestSe()), Format.percent(k.sameTop1())));
        boolean lower =
                r.primary().map(b -> b.paired().verdict() != Verdict.WORSE).orElse(false);
        if (lower && k.mean() > KLD_RESOLUTION) {
            details.add("The distributions differ although PPL does not rise: go by KLD.");
        }
    }

    private static String size(EvalResult r) {
        double change = 100.0
                * (r.model().sizeBytes() - r.base().sizeBytes())
                / r.base().sizeBytes();
        return "File: " + Format.mib(r.model().sizeBytes()) + " instead of "
                + Format.mib(r.base().sizeBytes()) + " (" + Format.signedPercent(change) + ").";
    }

    private static String reference(Reference ref) {
        return "Upstream prints %s for the base and %s for the model; we print %s and %s: %s."
                .formatted(
                        ref.basePplPrinted(),
                        ref.modelPplPrinted().orElse("nothing (it cannot read it)"),
                        ref.oursBasePrinted(),
                        ref.oursModelPrinted(),
                        ref.equal() ? "equal" : "NOT equal");
    }
}

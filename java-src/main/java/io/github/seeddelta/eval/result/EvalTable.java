package io.github.seeddelta.eval.result;

import io.github.seeddelta.eval.greedy.CheckResult;
import io.github.seeddelta.eval.greedy.GreedyResult;
import io.github.seeddelta.eval.greedy.PromptResult;
import io.github.seeddelta.eval.stats.Bucket;
import io.github.seeddelta.eval.stats.Kld;
import io.github.seeddelta.eval.stats.Paired;

/// One evaluation as text for a terminal.
public final class EvalTable {
    private EvalTable() {}

    public static String render(EvalResult r) {
        Headline headline = Headline.of(r);
        StringBuilder out = new StringBuilder(headline.title())
                .append("\n\n")
                .append(table(r))
                .append('\n');
        headline.details().forEach(d -> out.append(d).append('\n'));
        r.greedy().filter(g -> !g.pass()).ifPresent(g -> flags(g, out));
        return out.toString();
    }

    private static String table(EvalResult r) {
        TextTable t = new TextTable("", "base", "model", "model − base");
        t.row(
                "file size",
                Format.mib(r.base().sizeBytes()),
                Format.mib(r.model().sizeBytes()),
                Format.signedPercent(100.0
                        * (r.model().sizeBytes() - r.base().sizeBytes())
                        / r.base().sizeBytes()));
        if (r.base().bitsPerWeight().isPresent() && r.model().bitsPerWeight().isPresent()) {
            double base = r.base().bitsPerWeight().getAsDouble();
            double model = r.model().bitsPerWeight().getAsDouble();
            t.row("bits per weight", Format.bits(base), Format.bits(model), Format.signed(model - base));
        }
        r.buckets().forEach(b -> bucket(t, b));
        r.nonFinite().ifPresent(n -> t.row("non-finite results replaced", "", String.valueOf(n), ""));
        r.memory().ifPresent(m -> memory(t, m));
        r.speed().ifPresent(s -> {
            t.row(
                    "prompt, tok/s",
                    Format.speed(s.prompt(Side.BASE)),
                    Format.speed(s.prompt(Side.MODEL)),
                    Format.ratio(s.promptRatio()));
            t.row(
                    "generation, tok/s",
                    Format.speed(s.generation(Side.BASE)),
                    Format.speed(s.generation(Side.MODEL)),
                    Format.ratio(s.generationRatio()));
        });
        return t.render();
    }

    private static void bucket(TextTable t, Bucket b) {
        Paired p = b.paired();
        t.row(
                "PPL, ctx " + b.ctx() + ", " + Format.count(b.chunks(), "chunk"),
                Format.estimate(b.basePpl().value(), b.basePpl().se()),
                Format.estimate(b.modelPpl().value(), b.modelPpl().se()),
                p.verdict().words());
        t.row("  paired change", "", "", Format.change(p));
        if (b.kld().isPresent()) {
            Kld k = b.kld().get();
            t.row("  KLD mean", "", Format.estimate(k.mean(), k.honestSe()));
            t.row("  KLD median", "", Format.number(k.median()));
            t.row("  KLD 90 %, 99 %", "", Format.number(k.p90()) + ", " + Format.number(k.p99()));
            t.row("  KLD max", "", Format.number(k.max()));
            t.row("  same top 1", "", Format.percent(k.sameTop1()) + " ± " + Format.percent(k.sameTop1Se()));
            t.row("  Δp RMS", "", Format.percent(k.dpRms()) + " ± " + Format.percent(k.dpRmsSe()));
        }
    }

    private static void memory(TextTable t, Memory m) {
        for (MemoryRow base : m.rows()) {
            if (base.side() != Side.BASE) {
                continue;
            }
            m.rows().stream()
                    .filter(x -> x.side() == Side.MODEL && x.ctx() == base.ctx() && x.repack() == base.repack())
                    .findFirst()
                    .ifPresent(model -> {
                        String where = " ctx " + base.ctx() + (base.repack() ? "" : ", no repack");
                        row(
                                t,
                                "RSS anon," + where,
                                base.sample().rssAnonBytes(),
                                model.sample().rssAnonBytes());
                        row(
                                t,
                                "RSS file," + where,
                                base.sample().rssFileBytes(),
                                model.sample().rssFileBytes());
                        row(
                                t,
                                "RSS peak," + where,
                                base.sample().peakBytes(),
                                model.sample().peakBytes());
                    });
        }
    }

    private static void row(TextTable t, String name, long baseBytes, long modelBytes) {
        double change = baseBytes == 0 ? Double.NaN : 100.0 * (modelBytes - baseBytes) / baseBytes;
        t.row(name, Format.mib(baseBytes), Format.mib(modelBytes), baseBytes == 0 ? "" : Format.signedPercent(change));
    }

    private static void flags(GreedyResult g, StringBuilder out) {
        for (PromptResult p : g.prompts()) {
            for (CheckResult c : p.checks()) {
                if (c.status() == CheckResult.Status.FAIL) {
                    out.append("  ")
                            .append(p.fileName())
                            .append(": ")
                            .append(c.check())
                            .append(": ");
                    out.append(c.model().finding()).append('\n');
                }
            }
        }
    }
}

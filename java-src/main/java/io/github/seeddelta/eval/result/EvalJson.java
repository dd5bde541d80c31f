package io.github.seeddelta.eval.result;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.eval.greedy.CheckResult;
import io.github.seeddelta.eval.greedy.GreedyResult;
import io.github.seeddelta.eval.greedy.Outcome;
import io.github.seeddelta.eval.greedy.PromptResult;
import io.github.seeddelta.eval.greedy.Repetition;
import io.github.seeddelta.eval.stats.Bucket;
import io.github.seeddelta.eval.stats.Estimate;
import io.github.seeddelta.eval.stats.Kld;
import io.github.seeddelta.eval.stats.LogHistogram;
import io.github.seeddelta.eval.stats.Paired;
import java.util.List;

/// Writes an evaluation as `eval.json`, schema 1 (`/schema/eval.schema.json`).
///
/// The headline figures (`ppl`, `paired`, `kld`, …) are those of the first bucket, repeated at the top for scripts.
/// A number that is not finite is written as null.
public final class EvalJson {
    public static final int SCHEMA = 1;

    private static final ObjectMapper JSON = new ObjectMapper();

    private EvalJson() {}

    /// Pretty-printed, with a line feed at the end.
    public static String write(EvalResult r) {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(toTree(r)) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    public static ObjectNode toTree(EvalResult r) {
        ObjectNode o = JSON.createObjectNode();
        o.put("schema", SCHEMA);
        ObjectNode base = file(r.base());
        ObjectNode model = file(r.model());
        o.set("base", base);
        o.set("model", model);
        r.primary().ifPresent(b -> {
            ppl(base, b.basePpl());
            ppl(model, b.modelPpl());
            r.text().ifPresent(t -> o.set("text", text(t, b)));
            o.set("paired", paired(b.paired()));
            b.kld().ifPresent(k -> o.set("kld", kld(k)));
        });
        r.memory().ifPresent(m -> o.set("memory", memory(m)));
        r.speed().ifPresent(s -> o.set("speed", speed(s)));
        r.greedy().ifPresent(g -> o.set("greedy", greedy(g)));
        r.reference().ifPresent(x -> o.set("reference", reference(x)));
        r.nonFinite().ifPresent(n -> o.put("non_finite", n));
        ArrayNode buckets = o.putArray("buckets");
        r.buckets().forEach(b -> buckets.add(bucket(b)));
        Headline headline = Headline.of(r);
        o.put("verdict", headline.title());
        ObjectNode run = o.putObject("run");
        r.run().forEach(run::put);
        return o;
    }

    private static ObjectNode file(ModelFile f) {
        ObjectNode o = JSON.createObjectNode();
        o.put("path", f.path());
        o.put("sha256", f.sha256());
        o.put("bytes", f.sizeBytes());
        f.weights().ifPresent(n -> o.put("weights", n));
        f.bitsPerWeight().ifPresent(b -> o.put("bits_per_weight", b));
        return o;
    }

    private static void ppl(ObjectNode o, Estimate e) {
        number(o, "ppl", e.value());
        number(o, "ppl_se", e.se());
    }

    private static ObjectNode text(TextFile t, Bucket b) {
        ObjectNode o = JSON.createObjectNode();
        o.put("path", t.path());
        o.put("sha256", t.sha256());
        o.put("ctx", b.ctx());
        o.put("chunks", b.chunks());
        o.put("tokens_scored", b.tokensScored());
        return o;
    }

    private static ObjectNode paired(Paired p) {
        ObjectNode o = JSON.createObjectNode();
        number(o, "ln_ppl_ratio", p.lnPplRatio());
        number(o, "se", p.se());
        o.put("verdict", p.verdict().words());
        number(o, "se_token", p.seToken());
        number(o, "se_chunk", p.seChunk());
        return o;
    }

    private static ObjectNode kld(Kld k) {
        ObjectNode o = JSON.createObjectNode();
        number(o, "mean", k.mean());
        number(o, "se", k.se());
        number(o, "median", k.median());
        number(o, "p90", k.p90());
        number(o, "p99", k.p99());
        number(o, "max", k.max());
        number(o, "same_top1", k.sameTop1());
        number(o, "dp_rms", k.dpRms());
        number(o, "se_chunk", k.seChunk());
        number(o, "same_top1_se", k.sameTop1Se());
        number(o, "dp_rms_se", k.dpRmsSe());
        o.put("tokens", k.tokens());
        ObjectNode h = o.putObject("histogram");
        h.put("log10_from", LogHistogram.MIN_EXPONENT);
        h.put("bins_per_decade", LogHistogram.BINS_PER_DECADE);
        h.put("below", k.histogram().below());
        ArrayNode counts = h.putArray("counts");
        k.histogram().counts().forEach(counts::add);
        return o;
    }

    private static ObjectNode bucket(Bucket b) {
        ObjectNode o = JSON.createObjectNode();
        o.put("ctx", b.ctx());
        o.put("chunks", b.chunks());
        o.put("tokens_scored", b.tokensScored());
        ppl(o.putObject("base"), b.basePpl());
        ppl(o.putObject("model"), b.modelPpl());
        o.set("paired", paired(b.paired()));
        b.kld().ifPresent(k -> o.set("kld", kld(k)));
        numbers(o.putArray("base_chunk_nll"), b.baseChunkNll());
        numbers(o.putArray("model_chunk_nll"), b.modelChunkNll());
        return o;
    }

    private static ObjectNode memory(Memory m) {
        ObjectNode o = JSON.createObjectNode();
        for (Side side : Side.values()) {
            m.headline(side).ifPresent(row -> o.set(side.key(), sample(row)));
        }
        ArrayNode rows = o.putArray("rows");
        for (MemoryRow row : m.rows()) {
            ObjectNode n = rows.addObject();
            n.put("side", row.side().key());
            n.put("ctx", row.ctx());
            n.put("repack", row.repack());
            n.setAll(sample(row));
        }
        return o;
    }

    private static ObjectNode sample(MemoryRow row) {
        ObjectNode o = JSON.createObjectNode();
        o.put("rss_anon", row.sample().rssAnonBytes());
        o.put("rss_file", row.sample().rssFileBytes());
        o.put("peak", row.sample().peakBytes());
        return o;
    }

    private static ObjectNode speed(Speed s) {
        ObjectNode o = JSON.createObjectNode();
        for (Side side : Side.values()) {
            ObjectNode n = o.putObject(side.key());
            n.put("pp_tok_s", s.prompt(side).median());
            n.put("tg_tok_s", s.generation(side).median());
            numbers(
                    n.putArray("pp_runs"),
                    s.runs(side).stream().map(SpeedRun::promptTokensPerSecond).toList());
            numbers(
                    n.putArray("tg_runs"),
                    s.runs(side).stream()
                            .map(SpeedRun::generationTokensPerSecond)
                            .toList());
        }
        number(o, "ratio_pp", s.promptRatio().median());
        number(o, "ratio_tg", s.generationRatio().median());
        spread(o.putArray("ratio_pp_spread"), s.promptRatio());
        spread(o.putArray("ratio_tg_spread"), s.generationRatio());
        return o;
    }

    private static void spread(ArrayNode a, Speed.Spread s) {
        numbers(a, List.of(s.min(), s.max()));
    }

    private static ObjectNode greedy(GreedyResult g) {
        ObjectNode o = JSON.createObjectNode();
        o.put("result", g.word());
        o.put("flagged", g.flagged());
        ArrayNode prompts = o.putArray("prompts");
        for (PromptResult p : g.prompts()) {
            ObjectNode n = prompts.addObject();
            n.put("id", p.id());
            n.put("name", p.name());
            n.put("prompt", p.prompt());
            n.put("flagged", p.isFlagged());
            n.put("base", p.baseAnswer());
            n.put("model", p.modelAnswer());
            ObjectNode rep = n.putObject("rep");
            rep.set("base", rep(p.baseAnswer()));
            rep.set("model", rep(p.modelAnswer()));
            ArrayNode checks = n.putArray("checks");
            p.checks().forEach(c -> checks.add(check(c)));
        }
        return o;
    }

    private static ObjectNode rep(String answer) {
        Repetition r = Repetition.of(answer);
        ObjectNode o = JSON.createObjectNode();
        o.put("longest_run", r.longestRun());
        o.put("loop_share", r.loopShare());
        o.put("repeated_share", r.repeatedShare());
        return o;
    }

    private static ObjectNode check(CheckResult c) {
        ObjectNode o = JSON.createObjectNode();
        o.put("check", c.check());
        o.put("status", c.status().words());
        outcome(o.putObject("base"), c.base());
        outcome(o.putObject("model"), c.model());
        return o;
    }

    private static void outcome(ObjectNode o, Outcome outcome) {
        o.put("pass", outcome.pass());
        o.put("finding", outcome.finding());
    }

    private static ObjectNode reference(Reference x) {
        ObjectNode o = JSON.createObjectNode();
        o.put("base_ppl_printed", x.basePplPrinted());
        x.modelPplPrinted().ifPresent(m -> o.put("model_ppl_printed", m));
        ObjectNode ours = o.putObject("ours_printed");
        ours.put("base", x.oursBasePrinted());
        ours.put("model", x.oursModelPrinted());
        o.put("equal", x.equal());
        return o;
    }

    private static void numbers(ArrayNode a, List<Double> values) {
        for (double v : values) {
            if (Double.isFinite(v)) {
                a.add(v);
            } else {
                a.addNull();
            }
        }
    }

    private static void number(ObjectNode o, String name, double v) {
        if (Double.isFinite(v)) {
            o.put(name, v);
        } else {
            o.putNull(name);
        }
    }
}

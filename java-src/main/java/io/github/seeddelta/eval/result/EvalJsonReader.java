package io.github.seeddelta.eval.result;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.seeddelta.eval.EvalException;
import io.github.seeddelta.eval.greedy.CheckResult;
import io.github.seeddelta.eval.greedy.GreedyResult;
import io.github.seeddelta.eval.greedy.Outcome;
import io.github.seeddelta.eval.greedy.PromptResult;
import io.github.seeddelta.eval.memory.MemorySample;
import io.github.seeddelta.eval.stats.Bucket;
import io.github.seeddelta.eval.stats.Estimate;
import io.github.seeddelta.eval.stats.Kld;
import io.github.seeddelta.eval.stats.LogHistogram;
import io.github.seeddelta.eval.stats.Paired;
import io.github.seeddelta.eval.stats.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/// Reads `eval.json` back. Unknown fields are skipped, so files of later versions of schema 1 can be read.
///
/// Errors: EvalException naming file and field.
public final class EvalJsonReader {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String source;

    private EvalJsonReader(String source) {
        this.source = source;
    }

    public static EvalResult read(Path file) {
        try {
            return parse(Files.readString(file), file.toString());
        } catch (IOException e) {
            throw new EvalException(EvalException.Kind.BAD_INPUT, file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /// @param source what to call the text in messages
    public static EvalResult parse(String text, String source) {
        try {
            return new EvalJsonReader(source).result(JSON.readTree(text));
        } catch (JsonProcessingException e) {
            throw new EvalException(
                    EvalException.Kind.BAD_INPUT, source + ": not valid JSON: " + e.getOriginalMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new EvalException(EvalException.Kind.BAD_INPUT, source + ": " + e.getMessage(), e);
        }
    }

    private EvalResult result(JsonNode o) {
        if (o.path("schema").asInt() != EvalJson.SCHEMA) {
            throw EvalException.badInput(
                    source + ": not an eval.json of schema " + EvalJson.SCHEMA + "; run seeddelta eval again");
        }
        List<Bucket> buckets = new ArrayList<>();
        o.path("buckets").forEach(b -> buckets.add(bucket(b)));
        Optional<TextFile> text = buckets.isEmpty()
                ? Optional.empty()
                : section(o, "text", t -> new TextFile(text(t, "path"), text(t, "sha256")));
        Map<String, String> run = new LinkedHashMap<>();
        o.path("run").properties().forEach(e -> run.put(e.getKey(), e.getValue().asText()));
        return new EvalResult(
                file(need(o, "base")),
                file(need(o, "model")),
                text,
                buckets,
                section(o, "memory", this::memory),
                section(o, "speed", this::speed),
                section(o, "greedy", this::greedy),
                section(o, "reference", this::reference),
                o.has("non_finite") ? OptionalLong.of(whole(o, "non_finite")) : OptionalLong.empty(),
                run);
    }

    private ModelFile file(JsonNode o) {
        return new ModelFile(
                text(o, "path"),
                text(o, "sha256"),
                whole(o, "bytes"),
                o.has("weights") ? OptionalLong.of(whole(o, "weights")) : OptionalLong.empty());
    }

    private Bucket bucket(JsonNode o) {
        return new Bucket(
                Math.toIntExact(whole(o, "ctx")),
                Math.toIntExact(whole(o, "chunks")),
                whole(o, "tokens_scored"),
                ppl(need(o, "base")),
                ppl(need(o, "model")),
                paired(need(o, "paired")),
                numbers(need(o, "base_chunk_nll")),
                numbers(need(o, "model_chunk_nll")),
                section(o, "kld", this::kld));
    }

    private Estimate ppl(JsonNode o) {
        return new Estimate(number(o, "ppl"), number(o, "ppl_se"));
    }

    private Paired paired(JsonNode o) {
        return new Paired(
                number(o, "ln_ppl_ratio"),
                number(o, "se"),
                number(o, "se_token"),
                number(o, "se_chunk"),
                Verdict.ofWords(text(o, "verdict")));
    }

    private Kld kld(JsonNode o) {
        JsonNode h = need(o, "histogram");
        List<Long> counts = new ArrayList<>();
        need(h, "counts").forEach(n -> counts.add(n.asLong()));
        return new Kld(
                whole(o, "tokens"),
                number(o, "mean"),
                number(o, "se"),
                number(o, "se_chunk"),
                number(o, "median"),
                number(o, "p90"),
                number(o, "p99"),
                number(o, "max"),
                number(o, "same_top1"),
                number(o, "same_top1_se"),
                number(o, "dp_rms"),
                number(o, "dp_rms_se"),
                new LogHistogram(whole(h, "below"), counts));
    }

    private Memory memory(JsonNode o) {
        List<MemoryRow> rows = new ArrayList<>();
        for (JsonNode n : need(o, "rows")) {
            rows.add(new MemoryRow(
                    text(n, "side").equals(Side.BASE.key()) ? Side.BASE : Side.MODEL,
                    Math.toIntExact(whole(n, "ctx")),
                    n.path("repack").asBoolean(),
                    new MemorySample(whole(n, "rss_anon"), whole(n, "rss_file"), whole(n, "peak"))));
        }
        return new Memory(rows);
    }

    private Speed speed(JsonNode o) {
        return new Speed(runs(need(o, "base")), runs(need(o, "model")));
    }

    private List<SpeedRun> runs(JsonNode o) {
        List<Double> pp = numbers(need(o, "pp_runs"));
        List<Double> tg = numbers(need(o, "tg_runs"));
        if (pp.size() != tg.size()) {
            throw new IllegalArgumentException("\"pp_runs\" and \"tg_runs\" differ in length");
        }
        List<SpeedRun> runs = new ArrayList<>();
        for (int i = 0; i < pp.size(); i++) {
            runs.add(new SpeedRun(pp.get(i), tg.get(i)));
        }
        return runs;
    }

    private GreedyResult greedy(JsonNode o) {
        List<PromptResult> prompts = new ArrayList<>();
        for (JsonNode n : need(o, "prompts")) {
            List<CheckResult> checks = new ArrayList<>();
            for (JsonNode c : need(n, "checks")) {
                checks.add(new CheckResult(
                        text(c, "check"),
                        CheckResult.Status.ofWords(text(c, "status")),
                        outcome(need(c, "base")),
                        outcome(need(c, "model"))));
            }
            prompts.add(new PromptResult(
                    text(n, "id"), text(n, "name"), text(n, "prompt"), text(n, "base"), text(n, "model"), checks));
        }
        return new GreedyResult(prompts);
    }

    private Outcome outcome(JsonNode o) {
        return new Outcome(o.path("pass").asBoolean(), text(o, "finding"));
    }

    private Reference reference(JsonNode o) {
        JsonNode ours = need(o, "ours_printed");
        return new Reference(
                text(o, "base_ppl_printed"),
                o.has("model_ppl_printed") ? Optional.of(text(o, "model_ppl_printed")) : Optional.empty(),
                text(ours, "base"),
                text(ours, "model"));
    }

    private <T> Optional<T> section(JsonNode o, String name, Function<JsonNode, T> read) {
        return o.has(name) ? Optional.of(read.apply(o.get(name))) : Optional.empty();
    }

    private static JsonNode need(JsonNode o, String name) {
        JsonNode n = o.path(name);
        if (n.isMissingNode()) {
            throw new IllegalArgumentException("\"" + name + "\" is missing");
        }
        return n;
    }

    private static String text(JsonNode o, String name) {
        return need(o, name).asText();
    }

    private static long whole(JsonNode o, String name) {
        JsonNode n = need(o, name);
        if (!n.isIntegralNumber()) {
            throw new IllegalArgumentException("\"" + name + "\" is not a whole number");
        }
        return n.asLong();
    }

    /// Null stands for a number that is not finite.
    private static double number(JsonNode o, String name) {
        JsonNode n = need(o, name);
        if (!n.isNumber() && !n.isNull()) {
            throw new IllegalArgumentException("\"" + name + "\" is not a number");
        }
        return n.isNull() ? Double.NaN : n.asDouble();
    }

    private static List<Double> numbers(JsonNode array) {
        List<Double> values = new ArrayList<>();
        array.forEach(n -> values.add(n.isNull() ? Double.NaN : n.asDouble()));
        return values;
    }
}

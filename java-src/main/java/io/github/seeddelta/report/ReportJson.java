package io.github.seeddelta.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.gate.Decision;
import io.github.seeddelta.gate.GateOutcome;
import io.github.seeddelta.gate.MetricPair;
import io.github.seeddelta.gate.Stack;
import io.github.seeddelta.gate.StackRule;
import io.github.seeddelta.gate.Thresholds;
import io.github.seeddelta.policy.JsonNamed;
import io.github.seeddelta.policy.PolicyJson;
import io.github.seeddelta.policy.StackLimits;
import io.github.seeddelta.policy.TensorKind;
import io.github.seeddelta.tune.Autotune;
import io.github.seeddelta.tune.Variant;
import java.math.BigInteger;
import java.util.Optional;

/// The JSON form of a report: names of SPEC §11, checked against `schema/report.schema.json`. A number that is not
/// finite is written as null.
public final class ReportJson {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private ReportJson() {}

    /// Pretty JSON that ends in a newline and depends on nothing but the report.
    public static String write(Report report) {
        return tree(report).toPrettyString().replace("\r\n", "\n") + "\n";
    }

    /// @throws ReportFormatException when `json` is not a report of this schema version
    public static Report read(String json) {
        return ReportReader.read(json);
    }

    /// A file that is not a report this tool can read, as one line.
    public static final class ReportFormatException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        ReportFormatException(String message) {
            super(message);
        }
    }

    static ObjectNode tree(Report report) {
        ObjectNode out = JSON.objectNode();
        out.put("schema", Report.SCHEMA);
        out.set("build", build(report.build()));
        out.put("stack_pass_gate_up", report.stackPassGateUp());
        out.put("stack_pass_down", report.stackPassDown());
        ObjectNode layers = out.putObject("layers");
        for (Report.Tensor tensor : report.tensors()) {
            layers.withObjectProperty(String.valueOf(tensor.id().layer()))
                    .withObjectProperty("tensors")
                    .set(tensor.id().kind().jsonName(), tensor(tensor));
        }
        for (Report.Layer layer : report.layers()) {
            layers.withObjectProperty(String.valueOf(layer.layer())).set("metrics", layer(layer));
        }
        ArrayNode weights = out.putArray("weights");
        for (Report.Weight weight : report.weights()) {
            ObjectNode row = weights.addObject();
            row.put("name", weight.name());
            weight.metrics().forEach((name, value) -> number(row, name, value));
        }
        return out;
    }

    private static ObjectNode layer(Report.Layer layer) {
        ObjectNode out = JSON.objectNode();
        out.put("samples", layer.samples());
        optional(out, "note", layer.note());
        layer.metrics().forEach((name, value) -> number(out, name, value));
        return out;
    }

    private static ObjectNode build(Report.Build build) {
        ObjectNode out = JSON.objectNode();
        out.put("builder_version", build.builderVersion());
        optional(out, "git_commit", build.gitCommit());
        out.put("llama_commit", build.llamaCommit());
        out.put("cpu", build.cpu());
        out.put("threads", build.threads());
        out.put("seed", new BigInteger(Long.toUnsignedString(build.seed())));
        out.put("input_file", build.inputFile());
        out.put("input_sha256", build.inputSha256());
        optional(out, "imatrix_sha256", build.imatrixSha256());
        optional(out, "policy_file", build.policy().map(Report.PolicySource::file));
        optional(out, "policy_hash", build.policy().map(p -> p.hash().fnv1a64()));
        optional(out, "policy_sha256", build.policy().map(p -> p.hash().sha256()));
        build.policy()
                .ifPresentOrElse(p -> out.put("policy_version", p.version()), () -> out.putNull("policy_version"));
        out.put("force_strip_dense", build.forceStripDense());
        out.set("stack_limits", limits(build.stackLimits()));
        out.set("stack_budget", budget(build.stackBudget()));
        ArrayNode warnings = out.putArray("warnings");
        build.warnings().forEach(warnings::add);
        return out;
    }

    private static ObjectNode limits(StackLimits limits) {
        ObjectNode out = JSON.objectNode();
        out.put("min_gap", limits.minGap());
        limits.maxTensors().ifPresent(n -> out.put("max_tensors", n));
        ObjectNode perKind = out.putObject("max_per_kind");
        for (TensorKind kind : TensorKind.values()) {
            Integer cap = limits.maxPerKind().get(kind);
            if (cap != null) {
                perKind.put(kind.shortName(), cap);
            }
        }
        limits.maxMib().ifPresent(n -> out.put("max_mib", n));
        out.put("harden", limits.harden());
        limits.maxLoss().ifPresent(x -> out.put("max_loss", x));
        return out;
    }

    private static ObjectNode budget(Stack.Budget budget) {
        ObjectNode out = JSON.objectNode();
        out.put("candidates", budget.candidates());
        out.put("passed_alone", budget.passedAlone());
        out.put("admitted", budget.admitted());
        ObjectNode refused = out.putObject("refused");
        for (StackRule rule : StackRule.values()) {
            refused.put(rule.jsonName(), budget.refused().getOrDefault(rule, 0));
        }
        return out;
    }

    private static ObjectNode tensor(Report.Tensor tensor) {
        ObjectNode out = JSON.objectNode();
        out.put("name", tensor.name());
        out.put("n_out", tensor.nOut());
        out.put("n_in", tensor.nIn());
        out.put("dense_bytes", tensor.denseBytes());
        out.put("payload_bytes", tensor.payloadBytes());
        out.put("bpw", tensor.bitsPerWeight());
        tensor.resolved()
                .ifPresentOrElse(r -> out.set("resolved", PolicyJson.settings(r)), () -> out.putNull("resolved"));
        tensor.resolved().ifPresent(r -> out.set("resolved_from", PolicyJson.origins(r)));
        tensor.gate()
                .ifPresentOrElse(g -> out.set("gating", gating(g, tensor.fallback())), () -> out.putNull("gating"));
        ArrayNode attempts = out.putObject("autotune").putArray("attempts");
        tensor.attempts().forEach(attempt -> attempts.add(attempt(attempt)));
        out.set("decision", decision(tensor.decision(), tensor.chosen()));
        ObjectNode bytes = out.putObject("bytes");
        bytes.put("dense", tensor.denseBytes());
        bytes.put("payload", tensor.payloadBytes());
        bytes.put("written", tensor.writtenBytes());
        out.put("seconds", tensor.seconds());
        return out;
    }

    private static ObjectNode gating(GateOutcome gate, Optional<String> fallback) {
        ObjectNode out = outcome(gate);
        optional(out, "fallback", fallback);
        return out;
    }

    private static ObjectNode outcome(GateOutcome gate) {
        ObjectNode out = JSON.objectNode();
        out.put("metric", gate.metric().jsonName());
        pair(out, gate.measured());
        out.setAll(thresholds(gate.thresholds()));
        number(out, "margin", gate.margin());
        out.put("denied", gate.denied());
        out.put("pass", gate.pass());
        out.put("sentence", gate.sentence());
        return out;
    }

    private static void pair(ObjectNode out, MetricPair measured) {
        number(out, "mean", measured.mean());
        number(out, "p05", measured.p05());
    }

    private static ObjectNode thresholds(Thresholds thresholds) {
        ObjectNode out = JSON.objectNode();
        out.put("min_mean", thresholds.minMean());
        out.put("min_p05", thresholds.minP05());
        return out;
    }

    private static ObjectNode attempt(Autotune.Attempt attempt) {
        ObjectNode out = variant(attempt.variant());
        out.setAll(outcome(attempt.outcome()));
        out.put("payload_bytes", attempt.payloadBytes());
        out.put("seconds", attempt.seconds());
        return out;
    }

    private static ObjectNode variant(Variant variant) {
        ObjectNode out = JSON.objectNode();
        out.put("K", variant.k());
        out.put("block", variant.block());
        out.put("bits", variant.bits());
        return out;
    }

    private static ObjectNode decision(Decision decision, Optional<Variant> chosen) {
        ObjectNode out = JSON.objectNode();
        out.put("result", decision.result().jsonName());
        out.put("emit_delta", decision.emitDelta());
        out.put("strip_applied", decision.stripApplied());
        out.put("forced", decision.forced());
        out.put("reason", decision.reason());
        optional(out, "metric_used", decision.metricUsed().map(JsonNamed::jsonName));
        decision.thresholdsUsed()
                .ifPresentOrElse(t -> out.set("thresholds_used", thresholds(t)), () -> out.putNull("thresholds_used"));
        optional(out, "refused_by", decision.refusedBy().map(JsonNamed::jsonName));
        chosen.ifPresentOrElse(v -> out.set("chosen", variant(v)), () -> out.putNull("chosen"));
        return out;
    }

    private static void optional(ObjectNode out, String name, Optional<String> value) {
        value.ifPresentOrElse(text -> out.put(name, text), () -> out.putNull(name));
    }

    private static void number(ObjectNode out, String name, double value) {
        if (Double.isFinite(value)) {
            out.put(name, value);
        } else {
            out.putNull(name);
        }
    }
}

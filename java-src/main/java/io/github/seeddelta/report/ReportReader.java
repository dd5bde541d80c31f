package io.github.seeddelta.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.gate.Decision;
import io.github.seeddelta.gate.GateOutcome;
import io.github.seeddelta.gate.MetricPair;
import io.github.seeddelta.gate.Stack;
import io.github.seeddelta.gate.StackRule;
import io.github.seeddelta.gate.TensorId;
import io.github.seeddelta.gate.Thresholds;
import io.github.seeddelta.policy.JsonNamed;
import io.github.seeddelta.policy.Metric;
import io.github.seeddelta.policy.PolicyHash;
import io.github.seeddelta.policy.PolicyJson;
import io.github.seeddelta.policy.ResolvedTensor;
import io.github.seeddelta.policy.StackLimits;
import io.github.seeddelta.policy.TensorKind;
import io.github.seeddelta.report.ReportJson.ReportFormatException;
import io.github.seeddelta.tune.Autotune;
import io.github.seeddelta.tune.Variant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// Reads what [ReportJson] writes. Every missing or mistyped member is named by its path.
final class ReportReader {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private ReportReader() {}

    static Report read(String json) {
        Node root = new Node("report", parse(json));
        int schema = root.get("schema").asInt();
        if (schema != Report.SCHEMA) {
            throw new ReportFormatException("report has schema " + schema + ", this tool reads " + Report.SCHEMA
                    + "; build the report again with this version");
        }
        List<Report.Tensor> tensors = new ArrayList<>();
        List<Report.Layer> layers = new ArrayList<>();
        root.get("layers").forEachMember((layer, body) -> {
            body.get("tensors").forEachMember((name, node) -> {
                TensorKind kind = node.known(TensorKind.ofJsonName(name), name);
                tensors.add(tensor(new TensorId(node.layer(layer), kind), node));
            });
            body.optional("metrics").ifPresent(node -> layers.add(layer(node.layer(layer), node)));
        });
        List<Report.Weight> weights = new ArrayList<>();
        for (Node weight : root.get("weights").items()) {
            weights.add(new Report.Weight(weight.get("name").asText(), metrics(weight, Set.of("name"))));
        }
        return new Report(build(root.get("build")), tensors, weights, layers);
    }

    private static Report.Layer layer(int number, Node node) {
        return new Report.Layer(
                number,
                node.get("samples").asInt(),
                metrics(node, Set.of("samples", "note")),
                node.optional("note").map(Node::asText));
    }

    /// All members that are numbers or null, but for those named otherwise.
    private static SortedMap<String, Double> metrics(Node node, Set<String> others) {
        SortedMap<String, Double> metrics = new TreeMap<>();
        node.forEachMember((name, value) -> {
            if (!others.contains(name)) {
                metrics.put(name, value.asDoubleOrNan());
            }
        });
        return metrics;
    }

    private static JsonNode parse(String json) {
        try {
            JsonNode node = MAPPER.readTree(json);
            if (node instanceof ObjectNode) {
                return node;
            }
            throw new ReportFormatException("not a report: it must be a JSON object");
        } catch (JsonProcessingException e) {
            throw new ReportFormatException(
                    "not a report: line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr() + ": "
                            + e.getOriginalMessage().lines().findFirst().orElse("not JSON"));
        }
    }

    private static Report.Build build(Node node) {
        Optional<Report.PolicySource> policy = node.optional("policy_file")
                .map(file -> new Report.PolicySource(
                        file.asText(),
                        new PolicyHash(
                                node.get("policy_hash").asText(),
                                node.get("policy_sha256").asText()),
                        node.get("policy_version").asInt()));
        List<String> warnings = new ArrayList<>();
        node.get("warnings").items().forEach(w -> warnings.add(w.asText()));
        return new Report.Build(
                node.get("builder_version").asText(),
                node.optional("git_commit").map(Node::asText),
                node.get("llama_commit").asText(),
                node.get("cpu").asText(),
                node.get("threads").asInt(),
                node.get("seed").asUnsignedLong(),
                node.get("input_file").asText(),
                node.get("input_sha256").asText(),
                node.optional("imatrix_sha256").map(Node::asText),
                policy,
                node.get("force_strip_dense").asBoolean(),
                limits(node.get("stack_limits")),
                budget(node.get("stack_budget")),
                warnings);
    }

    private static StackLimits limits(Node node) {
        Map<TensorKind, Integer> perKind = new EnumMap<>(TensorKind.class);
        node.get("max_per_kind")
                .forEachMember((name, cap) -> perKind.put(cap.known(TensorKind.ofShortName(name), name), cap.asInt()));
        return new StackLimits(
                node.get("min_gap").asInt(),
                node.optional("max_tensors").map(n -> OptionalInt.of(n.asInt())).orElse(OptionalInt.empty()),
                perKind,
                node.optional("max_mib")
                        .map(n -> OptionalDouble.of(n.asDouble()))
                        .orElse(OptionalDouble.empty()),
                node.get("harden").asBoolean(),
                node.optional("max_loss")
                        .map(n -> OptionalDouble.of(n.asDouble()))
                        .orElse(OptionalDouble.empty()));
    }

    private static Stack.Budget budget(Node node) {
        Map<StackRule, Integer> refused = new EnumMap<>(StackRule.class);
        node.get("refused").forEachMember((name, count) -> {
            StackRule rule = count.known(JsonNamed.find(StackRule.values(), name), name);
            if (count.asInt() > 0) {
                refused.put(rule, count.asInt());
            }
        });
        return new Stack.Budget(
                node.get("candidates").asInt(),
                node.get("passed_alone").asInt(),
                node.get("admitted").asInt(),
                refused);
    }

    private static Report.Tensor tensor(TensorId id, Node node) {
        Optional<ResolvedTensor> resolved = node.optional("resolved")
                .map(r -> PolicyJson.read(
                        id.layer(),
                        id.kind(),
                        r.object(),
                        node.get("resolved_from").object()));
        List<Autotune.Attempt> attempts = new ArrayList<>();
        for (Node attempt : node.get("autotune").get("attempts").items()) {
            attempts.add(new Autotune.Attempt(
                    variant(attempt),
                    outcome(attempt),
                    attempt.get("payload_bytes").asLong(),
                    attempt.get("seconds").asDouble()));
        }
        Node decision = node.get("decision");
        Optional<Node> gating = node.optional("gating");
        return new Report.Tensor(
                id,
                node.get("n_out").asLong(),
                node.get("n_in").asLong(),
                node.get("dense_bytes").asLong(),
                node.get("payload_bytes").asLong(),
                resolved,
                gating.map(ReportReader::outcome),
                gating.flatMap(g -> g.optional("fallback")).map(Node::asText),
                attempts,
                decision(decision),
                decision.optional("chosen").map(ReportReader::variant),
                node.get("seconds").asDouble());
    }

    private static Variant variant(Node node) {
        return new Variant(
                node.get("K").asInt(),
                node.get("block").asInt(),
                node.get("bits").asDouble());
    }

    private static GateOutcome outcome(Node node) {
        Optional<Node> margin = node.optional("margin");
        return new GateOutcome(
                metric(node.get("metric")),
                new MetricPair(node.get("mean").asDoubleOrNan(), node.get("p05").asDoubleOrNan()),
                thresholds(node),
                margin.isPresent() ? margin.get().asDouble() : Double.NEGATIVE_INFINITY,
                node.get("denied").asBoolean(),
                node.get("pass").asBoolean(),
                node.get("sentence").asText());
    }

    private static Metric metric(Node node) {
        return node.known(Metric.ofJsonName(node.asText()), node.asText());
    }

    private static Thresholds thresholds(Node node) {
        return new Thresholds(
                node.get("min_mean").asDouble(), node.get("min_p05").asDouble());
    }

    private static Decision decision(Node node) {
        Node result = node.get("result");
        try {
            return new Decision(
                    result.known(JsonNamed.find(Decision.Result.values(), result.asText()), result.asText()),
                    node.get("emit_delta").asBoolean(),
                    node.get("strip_applied").asBoolean(),
                    node.get("forced").asBoolean(),
                    node.get("reason").asText(),
                    node.optional("metric_used").map(ReportReader::metric),
                    node.optional("thresholds_used").map(ReportReader::thresholds),
                    node.optional("refused_by")
                            .map(n -> n.known(JsonNamed.find(StackRule.values(), n.asText()), n.asText())));
        } catch (IllegalArgumentException e) {
            throw new ReportFormatException(node.path() + ": " + e.getMessage());
        }
    }
}

package io.github.seeddelta.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.github.seeddelta.gate.Decision;
import io.github.seeddelta.gate.Decisions;
import io.github.seeddelta.gate.MetricPair;
import io.github.seeddelta.gate.SyntheticBuild;
import io.github.seeddelta.gate.TensorId;
import io.github.seeddelta.policy.RandomPolicy;
import io.github.seeddelta.policy.TensorKind;
import java.io.StringReader;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilderFactory;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class ReportTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final JsonSchema SCHEMA = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
            .getSchema(ReportTest.class.getResourceAsStream("/schema/report.schema.json"));
    private static final int LAYERS = 6;
    private static final Decisions.Flags FORCE = new Decisions.Flags(true);

    private static JsonNode tree(String json) {
        try {
            return MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    @Property(tries = 300)
    void everyReportMatchesTheSchemaAndReadsBackUnchanged(@ForAll long seed) {
        Random random = new Random(seed);
        String policy = new RandomPolicy(random).valid().toString();
        Map<TensorId, MetricPair> metrics = SyntheticBuild.metrics(random, LAYERS);
        String json = ReportJson.write(Reports.of(policy, LAYERS, metrics, new Decisions.Flags(random.nextBoolean())));
        assertThat(SCHEMA.validate(tree(json))).isEmpty();
        assertThat(ReportJson.write(ReportJson.read(json))).isEqualTo(json);
    }

    /// report → policy → the same decisions about the file, on the same measurements (SPEC §11).
    @Property(tries = 300)
    void aReportBecomesAPolicyThatDecidesTheSame(@ForAll long seed) {
        Random random = new Random(seed);
        String policy = new RandomPolicy(random).valid().toString();
        Map<TensorId, MetricPair> metrics = SyntheticBuild.metrics(random, LAYERS);
        Decisions.Flags flags = new Decisions.Flags(random.nextBoolean());
        Report report = Reports.of(policy, LAYERS, metrics, flags);
        String exported = ReportToPolicy.convert(ReportJson.read(ReportJson.write(report)));
        Report again = Reports.of(exported, LAYERS, metrics, flags);
        assertThat(outcomes(again)).as(exported).isEqualTo(outcomes(report));
        assertThat(ReportToPolicy.convert(again).replaceAll("(?m)^.*\"description\".*$", ""))
                .as("the export of the rebuild is the same policy")
                .isEqualTo(exported.replaceAll("(?m)^.*\"description\".*$", ""));
    }

    private static Map<TensorId, String> outcomes(Report report) {
        Map<TensorId, String> outcomes = new TreeMap<>();
        for (Report.Tensor t : report.tensors()) {
            Decision d = t.decision();
            outcomes.put(t.id(), d.emitDelta() + " " + d.stripApplied() + " " + d.forced() + " " + t.chosen());
        }
        return outcomes;
    }

    @Test
    void theNamesOfTheSpecAreThere() {
        JsonNode report = tree(ReportJson.write(Reports.looksReal(Decisions.Flags.NONE)));
        assertThat(report.path("build").path("policy_hash").asText()).startsWith("fnv1a64:");
        assertThat(report.path("build").path("seed").bigIntegerValue()).isEqualTo("18446744073709551615");
        JsonNode tensor = report.path("layers").path("19").path("tensors").path("ffn_gate");
        assertThat(tensor.path("resolved").path("K").asInt()).isEqualTo(256);
        assertThat(tensor.path("resolved_from").path("strip_dense").asText()).startsWith("defaults at 1:");
        assertThat(tensor.path("decision").path("emit_delta").asBoolean()).isTrue();
        assertThat(tensor.path("decision").path("reason").asText()).startsWith("Replaced: cos_x_w mean ");
        assertThat(tensor.path("decision")
                        .path("thresholds_used")
                        .path("min_mean")
                        .asDouble())
                .isGreaterThan(.69);
        assertThat(tensor.path("autotune").path("attempts").path(0).path("K").asInt())
                .isEqualTo(256);
        assertThat(tensor.path("bytes").path("written").asLong()).isEqualTo(1 << 20);
        assertThat(tensor.path("bpw").asDouble()).isEqualTo(8.0 / 3);
        assertThat(report.path("stack_pass_gate_up").asInt()).isPositive();
        JsonNode nan =
                report.path("layers").path("7").path("tensors").path("ffn_down").path("gating");
        assertThat(nan.path("mean").isNull() && nan.path("margin").isNull()).isTrue();
    }

    @Test
    void theSchemaRefusesWhatIsNoReport() {
        ObjectNode report = (ObjectNode) tree(ReportJson.write(Reports.looksReal(FORCE)));
        assertThat(SCHEMA.validate(report)).isEmpty();
        ObjectNode tensor =
                (ObjectNode) report.path("layers").path("19").path("tensors").path("ffn_gate");
        ((ObjectNode) tensor.path("gating")).put("extra", 1);
        assertThat(SCHEMA.validate(report)).isNotEmpty();
        ((ObjectNode) tensor.path("gating")).remove("extra");
        ((ObjectNode) tensor.path("decision")).put("result", "maybe");
        assertThat(SCHEMA.validate(report)).isNotEmpty();
    }

    @Test
    void aFileThatIsNoReportIsRefusedInOneLine() {
        assertThatThrownBy(() -> ReportJson.read("{")).hasMessageContaining("not a report: line 1");
        assertThatThrownBy(() -> ReportJson.read("[]")).hasMessageContaining("not a report");
        assertThatThrownBy(() -> ReportJson.read("{\"schema\":2}")).hasMessageContaining("schema 2, this tool reads 1");
        assertThatThrownBy(() -> ReportJson.read("{\"schema\":1}")).hasMessageContaining("report.layers is missing");
        String bad = ReportJson.write(Reports.looksReal(FORCE))
                .replaceFirst("\"emit_delta\" : true", "\"emit_delta\" : false");
        assertThatThrownBy(() -> ReportJson.read(bad)).hasMessageContaining("strip contract broken");
    }

    @Test
    void theTableEndsABuild() {
        String policy = "{\"version\":1,\"defaults\":{\"strip_dense\":true,\"enabled\":true}}";
        Map<TensorId, MetricPair> metrics = new TreeMap<>();
        Random random = new Random(3);
        SyntheticBuild.metrics(random, 4)
                .forEach((id, m) -> metrics.put(id, new MetricPair(.9 - id.layer() * .08, .72)));
        assertThat(ReportTable.text(Reports.of(policy, 4, metrics, Decisions.Flags.NONE)))
                .isEqualTo("""
                kind      tensors  tried  passed  admitted       saved  worst margin
                ffn_gate        4      4       3         1     2.0 MiB       +0.2000
                ffn_up          4      4       0         0         0 B             -
                ffn_down        4      4       4         2     4.0 MiB       +0.0900
                all            12     12       7         3     6.0 MiB       +0.0900
                layers run whole on real inputs: 1, S^FFN mean 0.250, worst 0.250 (layer 0); S^Block mean 0.125, worst 0.125 (layer 0)
                """);
    }

    @Test
    void forcedTensorsAreNamedUnderTheTable() {
        Report report = Reports.looksReal(FORCE);
        assertThat(ReportTable.forced(report)).isNotEmpty();
        assertThat(ReportTable.text(report)).contains("FORCED blk.1.ffn_gate.weight: FORCED by --force-strip-dense");
        assertThat(ReportHtml.page(report)).contains(" forced</b>: --force-strip-dense");
        assertThat(ReportHtml.page(Reports.looksReal(Decisions.Flags.NONE))).doesNotContain("--force-strip-dense");
    }

    @Test
    void keptTwinsCostBytes() {
        Map<TensorId, MetricPair> metrics = new TreeMap<>();
        metrics.put(new TensorId(0, TensorKind.FFN_GATE), new MetricPair(.9, .8));
        Report report = Reports.of("{\"version\":1}", 1, metrics, Decisions.Flags.NONE);
        assertThat(ReportTable.savedBytes(report.tensors())).isEqualTo(-(1 << 20));
        assertThat(ReportTable.bytes(-(1 << 20))).isEqualTo("-1.0 MiB");
        assertThat(ReportTable.bytes(1023)).isEqualTo("1023 B");
        assertThat(ReportTable.bytes(3L << 30)).isEqualTo("3.00 GiB");
    }

    @Test
    void payloadsOfTheInputSaveNothing() {
        Report.Tensor kept = new Report.Tensor(
                new TensorId(0, TensorKind.FFN_GATE),
                576,
                1536,
                0,
                1000,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Decisions.existing(false),
                Optional.empty(),
                0);
        assertThat(ReportTable.savedBytes(List.of(kept))).isZero();
    }

    @Test
    void thePageNeedsNothingElseAndShowsEveryTensor() {
        Report report = Reports.looksReal(Decisions.Flags.NONE);
        String page = ReportHtml.page(report);
        assertThat(page).doesNotContain("http:", "https:", "<script", "src=", "@import", "url(");
        assertThat(page).contains("prefers-color-scheme: dark", "width=device-width");
        assertThat(page)
                .contains("model &lt;1&gt; &amp; more.gguf", "no &lt;ffn_gate&gt;")
                .doesNotContain("<ffn_gate>");
        for (Report.Tensor tensor : report.tensors()) {
            assertThat(page).contains("<title>" + tensor.name() + ": ", ">" + tensor.id() + "<");
        }
        assertThat(page.split("<g class=\"cell", -1)).hasSize(report.tensors().size() + 1);
    }

    @Test
    void theHeatMapIsWellFormedXml() throws Exception {
        String svg = HeatMap.svg(Reports.looksReal(FORCE).tensors());
        var document =
                DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
        assertThat(document.getElementsByTagName("rect").getLength()).isEqualTo(90);
    }

    @Test
    void wholeLayersAreInTheTableAndOnThePage() {
        Report report = Reports.looksReal(FORCE);
        Report.Layer worst = report.layers().stream()
                .filter(layer -> layer.samples() > 0)
                .max(java.util.Comparator.comparingDouble(layer -> layer.metric("s_mean_ffn")))
                .orElseThrow();
        assertThat(ReportTable.text(report))
                .contains(String.format(
                        java.util.Locale.ROOT,
                        "worst %.3f (layer %d); S^Block mean 0.125",
                        worst.metric("s_mean_ffn"),
                        worst.layer()));
        assertThat(ReportHtml.page(report))
                .contains("Whole layers on real inputs")
                .contains("no &lt;stream&gt;");
        assertThat(ReportTable.text(report.withLayers(java.util.List.of()))).doesNotContain("S^FFN");
    }
}

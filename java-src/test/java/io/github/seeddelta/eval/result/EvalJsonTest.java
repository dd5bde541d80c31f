package io.github.seeddelta.eval.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.github.seeddelta.eval.EvalException;
import io.github.seeddelta.eval.stats.BucketAccumulator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class EvalJsonTest {
    private static final JsonSchema SCHEMA = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
            .getSchema(EvalJsonTest.class.getResourceAsStream("/schema/eval.schema.json"));

    private static EvalResult greedyOnly() {
        return new EvalResult(
                Samples.base(),
                Samples.model("m", 5),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(Samples.greedy(false)),
                Optional.empty(),
                OptionalLong.empty(),
                Map.of());
    }

    private static EvalResult broken() {
        BucketAccumulator b = new BucketAccumulator(512);
        b.add(new double[] {1, 2}, new double[] {Double.NaN, 2}, Optional.empty());
        return Samples.scored("broken", 10, b.result());
    }

    static Stream<EvalResult> results() {
        return Stream.of(
                Samples.full(0.4, true),
                Samples.full(0.4, false),
                Samples.scored("ppl only", 7, Samples.bucket(64, 3, 0.1, false)),
                Samples.scored("itself", 7, Samples.bucket(64, 3, 0, true)),
                greedyOnly());
    }

    @ParameterizedTest
    @MethodSource("results")
    void keeps_its_schema_and_reads_back_the_same(EvalResult r) {
        assertThat(SCHEMA.validate(EvalJson.toTree(r))).isEmpty();
        EvalResult back = EvalJsonReader.parse(EvalJson.write(r), "x");
        assertThat(back).isEqualTo(r);
        assertThat(EvalJson.write(back)).isEqualTo(EvalJson.write(r));
    }

    @Test
    void the_names_of_the_command_line_document_are_all_there() {
        JsonNode o = EvalJson.toTree(Samples.full(0.4, true));
        Map<String, List<String>> names = Map.of(
                "/base", List.of("path", "sha256", "bytes", "ppl", "ppl_se"),
                "/model", List.of("path", "sha256", "bytes", "ppl", "ppl_se"),
                "/text", List.of("path", "sha256", "ctx", "chunks", "tokens_scored"),
                "/paired", List.of("ln_ppl_ratio", "se", "verdict"),
                "/kld", List.of("mean", "se", "median", "p90", "p99", "max", "same_top1", "dp_rms"),
                "/memory/base", List.of("rss_anon", "rss_file", "peak"),
                "/memory/model", List.of("rss_anon", "rss_file", "peak"),
                "/speed/base", List.of("pp_tok_s", "tg_tok_s"),
                "/speed", List.of("ratio_pp", "ratio_tg"),
                "/greedy", List.of("result", "prompts"));
        names.forEach((at, fields) -> fields.forEach(
                f -> assertThat(o.at(at).has(f)).as("%s/%s", at, f).isTrue()));
        assertThat(List.of("base_ppl_printed", "model_ppl_printed", "ours_printed", "equal"))
                .allMatch(f -> o.path("reference").has(f));
        assertThat(o.path("schema").asInt()).isEqualTo(1);
        assertThat(o.path("base").path("ppl").asDouble())
                .isEqualTo(o.at("/buckets/0/base/ppl").asDouble());
        assertThat(o.at("/text/ctx").asInt()).isEqualTo(512);
    }

    @Test
    void sections_that_were_not_measured_are_absent() {
        JsonNode o = EvalJson.toTree(greedyOnly());
        assertThat(List.of("text", "paired", "kld", "memory", "speed", "reference"))
                .noneMatch(o::has);
        assertThat(o.path("base").has("ppl")).isFalse();
    }

    @Test
    void figures_that_are_not_finite_are_null_and_read_back_as_such() {
        EvalResult r = broken();
        JsonNode o = EvalJson.toTree(r);
        assertThat(SCHEMA.validate(o)).isEmpty();
        assertThat(o.at("/model/ppl").isNull()).isTrue();
        assertThat(o.at("/paired/verdict").asText()).isEqualTo("worse");
        EvalResult back = EvalJsonReader.parse(EvalJson.write(r), "x");
        assertThat(back.primary().orElseThrow().modelPpl().isFinite()).isFalse();
    }

    static Stream<Arguments> spoiled() {
        return Stream.of(
                spoil("a missing digest", o -> ((ObjectNode) o.path("base")).remove("sha256")),
                spoil("an unknown field", o -> o.put("extra", 1)),
                spoil("an unknown verdict", o -> ((ObjectNode) o.path("paired")).put("verdict", "fine")),
                spoil("a text without its difference", o -> o.remove("paired")),
                spoil("another version", o -> o.put("schema", 2)),
                spoil("a share beyond one", o -> ((ObjectNode) o.path("kld")).put("same_top1", 88.2)));
    }

    private static Arguments spoil(String name, Consumer<ObjectNode> how) {
        return Arguments.of(name, how);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("spoiled")
    void the_schema_refuses(String name, Consumer<ObjectNode> spoil) {
        ObjectNode o = EvalJson.toTree(Samples.full(0.4, true));
        spoil.accept(o);
        assertThat(SCHEMA.validate(o)).as(name).isNotEmpty();
    }

    @Test
    void the_reader_skips_what_it_does_not_know_and_names_what_it_misses() {
        ObjectNode o = EvalJson.toTree(Samples.full(0.4, true));
        o.put("later_field", 1);
        assertThat(EvalJsonReader.parse(o.toString(), "x").buckets()).hasSize(2);
        ((ObjectNode) o.path("model")).remove("bytes");
        assertThatThrownBy(() -> EvalJsonReader.parse(o.toString(), "a/eval.json"))
                .isInstanceOf(EvalException.class)
                .hasMessage("a/eval.json: \"bytes\" is missing");
        assertThatThrownBy(() -> EvalJsonReader.parse("{}", "y")).hasMessageContaining("y: not an eval.json");
        assertThatThrownBy(() -> EvalJsonReader.parse("{", "y")).hasMessageContaining("y: not valid JSON");
    }
}

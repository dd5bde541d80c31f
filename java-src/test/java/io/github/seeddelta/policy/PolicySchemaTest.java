package io.github.seeddelta.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.statistics.Statistics;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Holds `policies/policy.schema.json` and the parser together. What only the parser can see, and the schema therefore
/// accepts, is [Problem.Kind#BEYOND_SCHEMA]: duplicate keys, ranges that run backwards, schedules that do not rise,
/// base kinds and schemes that the library lacks.
class PolicySchemaTest {
    private static final ObjectMapper MAPPER = new ObjectMapper()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .setNodeFactory(JsonNodeFactory.withExactBigDecimals(true));
    private static final JsonNode TREE = tree();
    private static final JsonSchema SCHEMA =
            JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(TREE);

    private static JsonNode tree() {
        try {
            return MAPPER.readTree(Files.readString(Path.of("policies", "policy.schema.json")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static boolean accepts(String json) {
        try {
            return SCHEMA.validate(MAPPER.readTree(json)).isEmpty();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    @Property(tries = 2000)
    void bothAcceptEveryValidPolicy(@ForAll long seed) {
        String json = new RandomPolicy(new Random(seed)).valid().toString();
        Policies.strict(json);
        assertThat(accepts(json)).as(json).isTrue();
    }

    @Property(tries = 5000)
    void bothRefuseTheSameDamage(@ForAll long seed) {
        RandomPolicy random = new RandomPolicy(new Random(seed));
        ObjectNode policy = random.valid();
        random.damage(policy);
        if (seed % 2 == 0) {
            random.damage(policy);
        }
        String json = policy.toString();
        List<Problem> problems = problems(json);
        boolean parserAccepts = problems.stream().allMatch(p -> p.kind() == Problem.Kind.BEYOND_SCHEMA);
        Statistics.collect(parserAccepts ? "accepted" : "refused");
        assertThat(accepts(json)).as(json + "\nparser says " + problems).isEqualTo(parserAccepts);
    }

    private static List<Problem> problems(String json) {
        try {
            Policies.strict(json);
            return List.of();
        } catch (PolicyException e) {
            return e.problems();
        }
    }

    static List<Key<?>> keys() {
        return Keys.ALL;
    }

    @ParameterizedTest
    @MethodSource("keys")
    void theSchemaDescribesEveryKeyAsTheToolKnowsIt(Key<?> key) {
        String group = key.wholeBuild() ? "stack" : key.group().orElse("rule");
        JsonNode node = TREE.path("$defs").path(group).path("properties").path(key.name());
        assertThat(node.path("description").asText()).as("description").hasSizeGreaterThan(10);
        JsonNode value = key.perKind() ? node.path("anyOf").path(0) : node;
        if (key.perKind()) {
            JsonNode byKind = node.path("anyOf").path(1).path("properties");
            for (TensorKind kind : TensorKind.values()) {
                assertThat(byKind.path(kind.shortName())).isEqualTo(value);
            }
        }
        check(key.shape(), value);
        assertThat(node.path("default")).as("default").isEqualTo(defaultOf(key));
    }

    private static void check(Shape<?> shape, JsonNode node) {
        switch (shape) {
            case Shape.Flag ignored -> assertThat(node.path("type").asText()).isEqualTo("boolean");
            case Shape.Whole(int min, int max) -> {
                assertThat(node.path("type").asText()).isEqualTo("integer");
                assertThat(node.path("minimum").asInt()).isEqualTo(min);
                assertThat(node.path("maximum").asInt()).isEqualTo(max);
            }
            case Shape.Unsigned64 ignored ->
                assertThat(node.path("maximum").bigIntegerValue()).isEqualTo("18446744073709551615");
            case Shape.Real(double min, double max) -> {
                assertThat(node.path("type").asText()).isEqualTo("number");
                assertThat(node.path("minimum").asDouble()).isEqualTo(min);
                assertThat(node.path("maximum").asDouble()).isEqualTo(max);
            }
            case Shape.Name ignored -> assertThat(node.path("pattern").asText()).isEqualTo(Shape.Name.PATTERN);
            case Shape.Choice<?> choice ->
                assertThat(node.path("enum"))
                        .extracting(JsonNode::asText)
                        .containsExactlyElementsOf(choice.constants().stream()
                                .map(JsonNamed::jsonName)
                                .toList());
            case Shape.Schedule<?> schedule -> {
                assertThat(node.path("maxItems").asInt()).isEqualTo(Shape.Schedule.MAX_ITEMS);
                check(schedule.item(), node.path("items"));
            }
        }
    }

    /// The built-in values as the schema must state them: one value, or an object where kinds differ.
    private static JsonNode defaultOf(Key<?> key) {
        if (key.builtIn().isEmpty()) {
            return MissingNode.getInstance();
        }
        Map<Leaf, Object> leaves = new LinkedHashMap<>();
        key.builtIn().forEach((kind, value) -> leaves.put(Leaf.of(key, kind), value));
        JsonNode rule = PolicyJson.settings(leaves);
        JsonNode written =
                key.group().isPresent() ? rule.path(key.group().get()).path(key.name()) : rule.path(key.name());
        try {
            return MAPPER.readTree(written.toString());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}

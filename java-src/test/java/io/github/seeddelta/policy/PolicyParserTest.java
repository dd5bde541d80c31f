package io.github.seeddelta.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyParserTest {
    private static PolicyException refusal(String json) {
        PolicyException e = catchThrowableOfType(PolicyException.class, () -> Policies.strict(json));
        assertThat(e).as("accepted: " + json).isNotNull();
        return e;
    }

    @Test
    void anUnknownKeyIsRefusedWithItsPlaceAndTheNearestName() {
        PolicyException e = refusal("""
                {
                  "version": 1,
                  "defaults": {
                    "enabled": true,
                    "blok": 32
                  }
                }""");
        assertThat(e).hasMessage("p.json:5:5: unknown key \"blok\" in defaults; did you mean \"block\"?");
        assertThat(e.problems().getFirst().nearest()).contains("block");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"version\":1,\"default\":{}}                                       | default  | defaults",
                "{\"version\":1,\"defaults\":{\"k\":3}}                               | k        | K",
                "{\"version\":1,\"defaults\":{\"gating\":{\"metrc\":\"cos_x\"}}}      | metrc    | metric",
                "{\"version\":1,\"defaults\":{\"K\":{\"gte\":4}}}                     | gte      | gate",
                "{\"version\":1,\"layers\":{\"3\":{\"tensors\":{\"ffn_gaet\":{}}}}}   | ffn_gaet | ffn_gate",
                "{\"version\":1,\"layers\":{\"3\":{\"tensor\":{}}}}                   | tensor   | tensors",
            })
    void theNearestNameIsAmongThoseAllowedThere(String json, String key, String nearest) {
        Problem problem = refusal(json).problems().getFirst();
        assertThat(problem.kind()).isEqualTo(Problem.Kind.UNKNOWN_KEY);
        assertThat(problem.message()).contains("\"" + key + "\"");
        assertThat(problem.nearest()).contains(nearest);
    }

    @Test
    void stackBelongsInDefaults() {
        Problem problem = refusal("{\"version\":1,\"layers\":{\"3\":{\"stack\":{\"min_gap\":2}}}}")
                .problems()
                .getFirst();
        assertThat(problem.kind()).isEqualTo(Problem.Kind.UNKNOWN_KEY);
        assertThat(problem.message()).contains("\"stack\" in a layer").endsWith("move it to defaults");
    }

    @Test
    void aKeyThatResemblesNothingListsWhatIsKnown() {
        assertThat(refusal("{\"version\":1,\"defaults\":{\"stack\":{\"zzzzzzzzzzzzzzzzz\":1}}}")
                        .getMessage())
                .contains("known here: harden, max_loss, max_mib, max_per_kind, max_tensors, min_gap");
    }

    @Test
    void lenientKeepsGoingAndWarnsOncePerKey() {
        Policy policy = Policies.lenient("""
                {"version": 1, "extra": 0,
                 "ranges": [{"layers": "1", "blok": 1}, {"layers": "2", "blok": 2, "block": 64}]}""");
        assertThat(policy.warnings()).extracting(Problem::message).hasSize(2).anyMatch(m -> m.contains("extra"));
        assertThat(policy.warnings().get(1).line()).isEqualTo(2);
        assertThat(policy.warnings().get(1).column()).isEqualTo(29);
        assertThat(policy.resolve(2, TensorKind.FFN_GATE, CliDefaults.NONE, 4, Policies.NAMES)
                        .block())
                .isEqualTo(64);
    }

    @Test
    void lenientIsLenientAboutKeysOnly() {
        assertThatThrownBy(() -> Policies.lenient("{\"version\":1,\"defaults\":{\"block\":\"32\"}}"))
                .isInstanceOf(PolicyException.class)
                .hasMessageContaining("defaults.block must be an integer from 1 to 4096, not the string \"32\"");
    }

    @Test
    void aDuplicateKeyIsRefusedWithBothPlaces() {
        PolicyException e = refusal("{\"version\": 1,\n \"defaults\": {\"block\": 16,\n  \"block\": 32}}");
        assertThat(e).hasMessage("p.json:3:3: key \"block\" occurs twice in one object, first at line 2; keep one");
        assertThatThrownBy(() -> Policies.lenient("{\"version\":1,\"x\":{\"a\":1,\"a\":2}}"))
                .as("in an unknown object too, and when lenient")
                .hasMessageContaining("occurs twice");
    }

    @Test
    void theSameKeyInTwoObjectsIsNoDuplicate() {
        assertThat(Policies.strict(
                                "{\"version\":1,\"ranges\":[{\"layers\":\"1\",\"block\":1},{\"layers\":\"1\",\"block\":2}]}")
                        .warnings())
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "[]",
                "1",
                "null",
                "{",
                "{\"version\":1",
                "{\"version\":1}}",
                "{\"version\":1} x",
                "{'version':1}",
                "{\"version\":1,}",
                "{\"version\":1 /* no */}",
                "{\"version\":01}",
                "{\"version\":NaN}"
            })
    void textThatIsNoPolicyIsRefusedWithItsPlace(String json) {
        Problem problem = refusal(json).problems().getFirst();
        assertThat(problem.kind()).isIn(Problem.Kind.SYNTAX, Problem.Kind.STRUCTURE);
        assertThat(problem.line()).isPositive();
        assertThat(problem.column()).isPositive();
        assertThat(problem.message()).doesNotContain("\n");
    }

    @Test
    void aFileThatIsNotUtf8IsRefused() {
        byte[] latin1 = "{\"version\":1,\"description\":\"Δé\"}".getBytes(StandardCharsets.UTF_16LE);
        assertThatThrownBy(() -> Policy.parse("p.json", latin1, Policy.Mode.STRICT, Policies.NAMES))
                .isInstanceOf(PolicyException.class);
        byte[] broken = {'{', (byte) 0xff, '}'};
        assertThatThrownBy(() -> Policy.parse("p.json", broken, Policy.Mode.STRICT, Policies.NAMES))
                .hasMessageContaining("UTF-8");
    }

    @Test
    void aByteOrderMarkAndNestingBombsAreHandled() {
        assertThat(Policies.strict("\uFEFF{\"version\":1}").warnings()).isEmpty();
        assertThat(refusal("{\"version\":1,\"x\":" + "[".repeat(500) + "]".repeat(500) + "}")
                        .getMessage())
                .contains("nested deeper");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                                                        | \"version\" is missing",
                "{\"version\":2}                                           | version must be 1, not the number 2",
                "{\"version\":\"1\"}                                       | version must be 1",
                "{\"version\":1,\"defaults\":[]}                           | defaults must be an object, not an array",
                "{\"version\":1,\"ranges\":{}}                             | ranges must be a list",
                "{\"version\":1,\"ranges\":[{\"block\":1}]}                | ranges[0] does not say which layers",
                "{\"version\":1,\"ranges\":[{\"layers\":8}]}               | ranges[0].layers must be a string",
                "{\"version\":1,\"ranges\":[{\"layers\":\"8-\"}]}          | is not a layer expression",
                "{\"version\":1,\"ranges\":[{\"layers\":\"9-8\"}]}         | runs backwards; write 8-9",
                "{\"version\":1,\"layers\":{\"08\":{}}}                    | is not a layer expression",
                "{\"version\":1,\"layers\":{\"8\":true}}                   | layers.8 must be an object",
                "{\"version\":1,\"defaults\":{\"enabled\":1}}              | must be true or false, not the number 1",
                "{\"version\":1,\"defaults\":{\"enabled\":null}}           | must be true or false, not null",
                "{\"version\":1,\"defaults\":{\"K\":0}}                    | defaults.K must be an integer from 1",
                "{\"version\":1,\"defaults\":{\"K\":{\"up\":1.5}}}         | defaults.K.up must be an integer from 1",
                "{\"version\":1,\"defaults\":{\"K\":1e999999999}}          | defaults.K must be an integer",
                "{\"version\":1,\"defaults\":{\"bits\":17}}                | must be a number from 0.25 to 16.0",
                "{\"version\":1,\"defaults\":{\"base\":{\"seed\":-1}}}     | must be an integer from 0 to 18446744073709551615",
                "{\"version\":1,\"defaults\":{\"base\":{\"seed\":18446744073709551616}}} | must be an integer from 0",
                "{\"version\":1,\"defaults\":{\"base\":{\"kind\":\"trelis\"}}}  | did you mean \"trellis\"?",
                "{\"version\":1,\"defaults\":{\"scheme\":\"COO\"}}         | must name a scheme",
                "{\"version\":1,\"defaults\":{\"vals\":\"f32\"}}           | must be one of f16, i8, not the string \"f32\"",
                "{\"version\":1,\"defaults\":{\"gating\":{\"metric\":\"rel_l2\"}}} | must be one of cos_x_w, cos_x",
                "{\"version\":1,\"defaults\":{\"gating\":{\"min_mean\":1.2}}}      | must be a number from -1.0 to 1.0",
                "{\"version\":1,\"defaults\":{\"autotune\":{\"schedule_down\":[]}}}        | must be a list of 1 to 64",
                "{\"version\":1,\"defaults\":{\"autotune\":{\"schedule_down\":[4,4]}}}     | 4 follows 4",
                "{\"version\":1,\"defaults\":{\"autotune\":{\"schedule_down\":[4,2]}}}     | must rise",
            })
    void wrongValuesAreRefusedInWords(String json, String says) {
        assertThat(refusal(json).getMessage()).startsWith("p.json:1:").contains(says);
    }

    @Test
    void everyProblemIsReportedInTheOrderOfTheFile() {
        PolicyException e = refusal("{\"version\":1,\n\"defaults\":{\"block\":-1,\n\"blok\":1,\n\"vals\":3}}");
        assertThat(e.problems()).extracting(Problem::line).isEqualTo(List.of(2, 3, 4));
        assertThat(e.getMessage()).endsWith("(and 2 more)");
    }

    @Test
    void integersMayBeWrittenAsDecimals() {
        assertThat(Policies.resolve(
                                "{\"version\":1.0,\"defaults\":{\"K\":64.0,\"block\":1e2}}", 0, TensorKind.FFN_GATE, 1)
                        .k())
                .isEqualTo(64);
    }

    @Test
    void theLargestSeedSurvives() {
        String json = "{\"version\":1,\"defaults\":{\"base\":{\"seed\":18446744073709551615}}}";
        assertThat(Policies.resolve(json, 0, TensorKind.FFN_GATE, 1).base().seed())
                .isEqualTo(-1L);
    }
}

package io.github.seeddelta.eval.greedy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.seeddelta.eval.EvalException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GreedyPackTest {
    private static final GreedyPack PACK = GreedyPack.builtIn();

    @TempDir
    private Path dir;

    /// What a model that follows instructions could say.
    static Map<String, String> goodAnswers() {
        Map<String, String> a = new HashMap<>();
        PACK.prompts().forEach(p -> a.put(p.id(), Answers.GOOD_ES));
        a.put("P02", "- El modelo memoriza los datos.\n- Falla con datos nuevos.\n- La regularización ayuda.");
        a.put("P03", "listo");
        a.put("P04", "Caché guarda datos recientes. Disco conserva todo después.");
        a.put("P05", "Compression saves memory, but it must not change the meaning of the answers.");
        a.put("P06", "391");
        a.put("P07", Answers.GOOD_EN);
        a.put("P08", "{\"task\":\"preparar café\",\"lang\":\"es\",\"steps\":[\"moler\",\"hervir\",\"servir\"]}");
        a.put("P09", Answers.GO);
        a.put("P10", Answers.GOOD_EN);
        a.put("P15", "La latencia es el tiempo de espera de una respuesta. Se mide en milisegundos.");
        a.put("P18", "zip, bits, entropía, códec, tamaño, datos, archivo, ratio");
        a.put("P19", "El greedy, porque muestra los bucles en la respuesta antes que la media.");
        a.put("P20", "fin");
        return a;
    }

    private static Answerer model(Map<String, String> answers) {
        Map<String, String> byText = new HashMap<>();
        PACK.prompts().forEach(p -> byText.put(p.text(), answers.getOrDefault(p.id(), "")));
        return (prompt, maxTokens) -> byText.getOrDefault(prompt, "");
    }

    private static GreedyResult run(Map<String, String> base, Map<String, String> model) {
        return GreedyResult.run(PACK, model(base), model(model));
    }

    @Test
    void the_pack_that_ships_is_p01_to_p20_with_the_rules_of_the_specification() {
        assertThat(PACK.prompts()).hasSize(20);
        assertThat(PACK.maxTokens()).isEqualTo(128);
        for (int i = 0; i < 20; i++) {
            assertThat(PACK.prompts().get(i).id()).isEqualTo("P%02d".formatted(i + 1));
        }
        assertThat(PACK.prompts().stream()
                        .filter(p -> p.checks().stream().anyMatch(c -> !List.of("answers", "rep", "drift")
                                .contains(c.name())))
                        .map(GreedyPrompt::id))
                .containsExactly("P02", "P03", "P04", "P06", "P08", "P15", "P18", "P19", "P20");
    }

    @Test
    void good_answers_pass_against_themselves_and_every_check_can_judge() {
        GreedyResult r = run(goodAnswers(), goodAnswers());
        assertThat(r.summary()).contains("RESULT: PASS").contains("Prompts flagged: 0/20");
        assertThat(r.pass()).isTrue();
        assertThat(r.prompts().stream().flatMap(p -> p.checks().stream()))
                .allSatisfy(c -> assertThat(c.status()).as("%s", c).isEqualTo(CheckResult.Status.PASS));
    }

    @Test
    void a_destroyed_model_fails() {
        GreedyResult stuck = GreedyResult.run(PACK, model(goodAnswers()), (p, n) -> "now ".repeat(n));
        assertThat(stuck.flagged()).isEqualTo(20);
        GreedyResult mute = GreedyResult.run(PACK, model(goodAnswers()), (p, n) -> "");
        assertThat(mute.flagged()).isEqualTo(20);
        GreedyResult salad = GreedyResult.run(
                PACK,
                model(goodAnswers()),
                (p, n) -> "zor quint blamer tocs vurd ashen polk grid munt felt karn dish wom tral bink gosh lert vonk"
                        + " plim crat dunst horp");
        assertThat(salad.pass()).isFalse();
        assertThat(salad.summary()).contains("RESULT: FAIL");
    }

    @Test
    void other_words_that_keep_the_rules_pass() {
        Map<String, String> other = goodAnswers();
        other.replaceAll((id, text) -> text.equals(Answers.GOOD_ES)
                ? "Es una forma de decir que el sistema tarda poco en dar una respuesta a la persona que lo usa."
                : text);
        other.put("P03", "Listo.");
        GreedyResult r = run(goodAnswers(), other);
        assertThat(r.summary()).contains("RESULT: PASS");
        assertThat(r.prompts().getFirst().isSameAnswer()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "P03 | Claro, estoy listo para ayudarte | exact",
                "P20 | /exit | exact",
                "P06 | 17*23 = 381 | exact",
                "P08 | {task: café} | json",
                "P15 | Latency is the time that it takes to get an answer. It is in ms. | drift",
                "P19 | la la la la la la la | rep",
                "P18 | zip, zip, zip, bits | distinct_words"
            })
    void one_broken_rule_flags_its_prompt_and_names_the_check(String id, String answer, String check) {
        Map<String, String> broken = goodAnswers();
        broken.put(id, answer);
        GreedyResult r = run(goodAnswers(), broken);
        assertThat(r.flagged()).isEqualTo(1);
        PromptResult p =
                r.prompts().stream().filter(PromptResult::isFlagged).findFirst().orElseThrow();
        assertThat(p.id()).isEqualTo(id);
        assertThat(p.checks())
                .filteredOn(c -> c.status() == CheckResult.Status.FAIL)
                .extracting(CheckResult::check)
                .contains(check);
    }

    @Test
    void a_rule_that_the_base_breaks_cannot_flag() {
        Map<String, String> base = goodAnswers();
        base.put("P03", "¡Estoy listo para ayudarte!");
        base.put("P01", Answers.GOOD_EN);
        base.put("P14", "now ".repeat(50));
        Map<String, String> model = goodAnswers();
        model.put("P03", "Sí, claro que estoy listo para todo.");
        model.put("P01", Answers.GOOD_EN);
        model.put("P14", "now ".repeat(60));
        GreedyResult r = run(base, model);
        assertThat(r.pass()).isTrue();
        assertThat(r.summary()).contains("n/a (base fails)");
        // P14 of the base is stuck, and in the wrong language too
        assertThat(r.coverage()).endsWith("(the base fails 4)");
    }

    @Test
    void answers_differences_and_summary_are_written() throws IOException {
        Map<String, String> model = goodAnswers();
        model.put("P03", "Listo ya");
        GreedyResult r = run(goodAnswers(), model);
        GreedyWriter.write(dir, r);
        GreedyWriter.write(dir, r);
        assertThat(dir.resolve("base/P03_single_word.txt")).hasContent("listo");
        assertThat(dir.resolve("sd/P03_single_word.txt")).hasContent("Listo ya");
        assertThat(dir.resolve("diff/P03_single_word.txt")).hasContent("[-listo-]{+Listo ya+}");
        assertThat(Files.readString(dir.resolve("summary.txt"))).endsWith("RESULT: FAIL\n");
        try (var files = Files.walk(dir)) {
            assertThat(files.filter(Files::isRegularFile)).hasSize(61);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"version\":1,\"name\":\"x\",\"max_tokens\":5,\"prompts\":[]} | is empty",
                "{\"version\":2} | must be 1",
                "{\"version\":1,} | :1:14: not valid JSON",
                "{\"version\":1,\"name\":\"x\",\"max_tokens\":0,\"prompts\":[{\"id\":\"A\",\"name\":\"a\",\"text\":\"t\"}]} |"
                        + " \"max_tokens\" must be a positive",
                "{\"version\":1,\"name\":\"x\",\"max_tokens\":5,\"prompts\":[{\"id\":\"../A\",\"name\":\"a\",\"text\":\"t\"}]} |"
                        + " file names",
                "{\"version\":1,\"name\":\"x\",\"max_tokens\":5,\"prompts\":[{\"id\":\"A\",\"name\":\"a\",\"text\":\"t\",\"lang\":\"fr\"}]} |"
                        + " A: \"lang\" must be",
                "{\"version\":1,\"name\":\"x\",\"max_tokens\":5,\"prompts\":[{\"id\":\"A\",\"name\":\"a\",\"text\":\"t\",\"checks\":[{\"check\":\"exakt\"}]}]} |"
                        + " unknown check \"exakt\"; known: exact"
            })
    void a_bad_pack_file_says_where_and_what(String json, String message) throws IOException {
        Path file = Files.writeString(dir.resolve("pack.json"), json);
        assertThatThrownBy(() -> GreedyPack.load(file))
                .isInstanceOf(EvalException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(message);
    }

    @Test
    void a_pack_of_ones_own_replaces_the_built_in_one() throws IOException {
        Path file = Files.writeString(dir.resolve("pack.json"), """
                {"version": 1, "name": "mine", "max_tokens": 16, "prompts": [
                  {"id": "Q1", "name": "hello", "text": "Say ok", "lang": "none",
                   "checks": [{"check": "exact", "value": "ok"}, {"check": "max_lines", "max": 1}]}]}
                """);
        GreedyPack pack = GreedyPack.load(file);
        assertThat(pack.prompts()).hasSize(1);
        assertThat(pack.prompts().getFirst().checks())
                .extracting(Check::name)
                .containsExactly("answers", "rep", "exact", "max_lines");
        assertThat(GreedyResult.judge(pack, List.of("ok"), List.of("no")).word())
                .isEqualTo("FAIL");
    }
}

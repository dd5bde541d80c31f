package io.github.seeddelta.eval.greedy;

import static io.github.seeddelta.eval.greedy.Answers.GOOD_EN;
import static io.github.seeddelta.eval.greedy.Answers.GOOD_ES;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DriftTest {
    private static Optional<String> find(String answer, Language expected, String base) {
        return Drift.find(answer, expected, LanguageProfile.of(base));
    }

    @Test
    void tells_spanish_from_english_without_accents() {
        assertThat(LanguageProfile.of("el tiempo entre una cosa y la otra es muy largo")
                        .language())
                .contains(Language.ES);
        assertThat(LanguageProfile.of("the time between one thing and the other is very long")
                        .language())
                .contains(Language.EN);
        assertThat(LanguageProfile.of("391").language()).isEmpty();
        assertThat(LanguageProfile.of("").language()).isEmpty();
        assertThat(LanguageProfile.of("SELECT a FROM b").language()).isEmpty();
    }

    @Test
    void the_other_language_is_a_drift_both_ways() {
        assertThat(find(GOOD_EN, Language.ES, GOOD_ES)).isPresent();
        assertThat(find(GOOD_ES, Language.EN, GOOD_EN)).isPresent();
        assertThat(find("Hello! How can I help you?", Language.ES, "¡Hola! ¿Cómo estás?"))
                .isPresent();
    }

    @Test
    void an_answer_that_changes_language_on_the_way_is_a_drift() {
        assertThat(find(GOOD_ES + " " + GOOD_EN, Language.ES, GOOD_ES)).isPresent();
        String late = GOOD_ES + " " + GOOD_ES + " " + GOOD_ES + " " + GOOD_EN + " " + GOOD_EN;
        assertThat(find(late, Language.ES, GOOD_ES)).isPresent();
    }

    @Test
    void another_script_and_words_of_no_language_are_a_drift() {
        assertThat(find("缓存是一种快速的存储器，可以保存数据。", Language.ES, GOOD_ES)).isPresent();
        String salad = "zor quint blamer tocs vurd ashen polk grid munt zor felt karn dish wom tral bink gosh lert"
                + " vonk plim crat dunst horp mell";
        assertThat(find(salad, Language.ES, GOOD_ES)).isPresent();
        // the base itself wrote a list, so prose is not to be expected
        assertThat(find(salad, Language.ES, "compresión, zip, bits")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "¡Hola! ¿Cómo estás hoy?",
                "listo",
                "La función `for i in the list: is it and that or this` recorre la lista de los datos.",
                "El overfitting (sobreajuste) ocurre cuando el modelo memoriza; «the model is too good» dicen algunos.",
                "En el stack se guardan las variables locales; en el heap, los objetos dinámicos.",
                "No."
            })
    void good_spanish_with_foreign_terms_and_code_is_no_drift(String answer) {
        assertThat(find(answer, Language.ES, GOOD_ES)).isEmpty();
    }

    @Test
    void good_english_with_a_spanish_quote_is_no_drift() {
        String answer = "Compression saves memory, but it must not change the meaning of the answers. The word"
                + " \"respuestas\" is \"answers\" in English, and \"la memoria\" is the memory.";
        assertThat(find(answer, Language.EN, GOOD_EN)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("io.github.seeddelta.eval.greedy.Answers#good")
    void a_good_answer_against_itself_never_drifts(String answer) {
        assertThat(new Check.SameLanguage(Optional.empty())
                        .judge(answer, answer)
                        .pass())
                .as(answer)
                .isTrue();
    }

    @Test
    void without_a_language_given_the_base_sets_it() {
        Check same = new Check.SameLanguage(Optional.empty());
        assertThat(same.judge(GOOD_ES, GOOD_EN).pass()).isFalse();
        assertThat(same.judge(GOOD_ES, "391").pass()).isTrue();
    }
}

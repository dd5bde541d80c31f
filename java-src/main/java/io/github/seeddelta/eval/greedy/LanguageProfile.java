package io.github.seeddelta.eval.greedy;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Which language an answer is in, by its stop words.
///
/// Words that both languages use (`no`, `me`, `a`, `he`, `has`) are in neither list. Code does not count.
///
/// @param words        words looked at
/// @param spanish      Spanish stop words among them
/// @param english      English stop words among them
/// @param foreignShare share of the letters that belong to no Latin script
public record LanguageProfile(int words, int spanish, int english, double foreignShare) {
    private static final int MIN_HITS = 2;

    private static final Set<String> SPANISH = Set.of(
            "de",
            "la",
            "que",
            "el",
            "en",
            "y",
            "los",
            "del",
            "se",
            "las",
            "por",
            "un",
            "para",
            "con",
            "una",
            "su",
            "al",
            "lo",
            "como",
            "más",
            "pero",
            "sus",
            "le",
            "ya",
            "o",
            "este",
            "sí",
            "porque",
            "esta",
            "entre",
            "cuando",
            "muy",
            "sin",
            "sobre",
            "también",
            "hasta",
            "hay",
            "donde",
            "quien",
            "desde",
            "todo",
            "nos",
            "durante",
            "todos",
            "uno",
            "les",
            "ni",
            "contra",
            "otros",
            "ese",
            "eso",
            "ante",
            "ellos",
            "esto",
            "antes",
            "algunos",
            "qué",
            "unos",
            "yo",
            "otro",
            "otras",
            "otra",
            "él",
            "tanto",
            "esa",
            "estos",
            "mucho",
            "quienes",
            "nada",
            "muchos",
            "cual",
            "poco",
            "ella",
            "estar",
            "estas",
            "algo",
            "nosotros",
            "mi",
            "mis",
            "tú",
            "te",
            "ti",
            "tu",
            "tus",
            "ellas",
            "es",
            "son",
            "fue",
            "era",
            "ser",
            "está",
            "están",
            "puede",
            "pueden",
            "tiene",
            "tienen",
            "cada",
            "si",
            "cómo",
            "hola",
            "hace",
            "así",
            "solo",
            "sólo",
            "dos",
            "debe",
            "usted",
            "aquí",
            "menos",
            "según",
            "mientras",
            "ha",
            "han",
            "sea",
            "aunque");

    private static final Set<String> ENGLISH = Set.of(
            "the", "of", "and", "to", "in", "is", "that", "it", "for", "was", "on", "are", "with", "his", "they", "at",
            "be", "this", "from", "have", "or", "by", "had", "not", "but", "what", "all", "were", "when", "we", "there",
            "can", "an", "your", "which", "their", "said", "if", "will", "each", "how", "them", "then", "many", "some",
            "so", "these", "would", "other", "into", "more", "her", "two", "like", "him", "see", "could", "than",
            "been", "its", "who", "now", "my", "made", "over", "did", "only", "may", "very", "after", "i", "you", "she",
            "our", "do", "does", "should", "because", "where", "while", "also", "any", "most", "such", "same", "here",
            "hello", "without", "between", "about", "both", "during", "i'm", "it's", "don't", "must", "just", "out",
            "up", "those");

    public static LanguageProfile of(String answer) {
        String prose = Words.withoutCode(answer);
        return of(Words.of(prose), foreignShare(prose));
    }

    private static LanguageProfile of(List<String> words, double foreignShare) {
        int spanish = 0;
        int english = 0;
        for (String word : words) {
            if (SPANISH.contains(word)) {
                spanish++;
            }
            if (ENGLISH.contains(word)) {
                english++;
            }
        }
        return new LanguageProfile(words.size(), spanish, english, foreignShare);
    }

    /// The profiles of the first and the second half of the words, to see a change of language on the way.
    public static List<LanguageProfile> halves(String answer) {
        List<String> words = Words.of(Words.withoutCode(answer));
        int middle = words.size() / 2;
        return List.of(of(words.subList(0, middle), 0), of(words.subList(middle, words.size()), 0));
    }

    /// The language, when the evidence is clear: two stop words at least and twice as many as of the other language.
    public Optional<Language> language() {
        if (spanish >= MIN_HITS && spanish >= 2 * english) {
            return Optional.of(Language.ES);
        }
        if (english >= MIN_HITS && english >= 2 * spanish) {
            return Optional.of(Language.EN);
        }
        return Optional.empty();
    }

    public int hits(Language language) {
        return switch (language) {
            case ES -> spanish;
            case EN -> english;
        };
    }

    /// Share of the words that are stop words of either language; prose has about 0.4.
    public double stopWordShare() {
        return words == 0 ? 0 : (double) (spanish + english) / words;
    }

    private static double foreignShare(String text) {
        int[] letters = text.codePoints().filter(Character::isLetter).toArray();
        if (letters.length == 0) {
            return 0;
        }
        int foreign = 0;
        for (int c : letters) {
            Character.UnicodeScript script = Character.UnicodeScript.of(c);
            // The Greek of formulas (Δ, λ) is not a change of language.
            if (script != Character.UnicodeScript.LATIN
                    && script != Character.UnicodeScript.COMMON
                    && script != Character.UnicodeScript.GREEK) {
                foreign++;
            }
        }
        return (double) foreign / letters.length;
    }
}

package io.github.seeddelta.eval.greedy;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Splits answers into words, sentences and bullets, in any script.
final class Words {
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{M}\\p{N}]+(?:['’_-][\\p{L}\\p{M}\\p{N}]+)*");
    private static final Pattern FENCE = Pattern.compile("(?s)```.*?(?:```|\\z)");
    private static final Pattern INLINE_CODE = Pattern.compile("`[^`\\n]*`");
    /// A full stop inside a number or an abbreviation such as "e.g." is not followed by space and a capital.
    private static final Pattern SENTENCE_END = Pattern.compile("[.!?…]+[\"'»”)]*(?=\\s|$)");
    private static final Pattern BULLET = Pattern.compile("(?m)^\\s*(?:[-*•–]|\\d{1,2}[.)])\\s+(.*\\S)\\s*$");

    private Words() {}

    /// Lower-case words; numbers count as words.
    static List<String> of(String text) {
        List<String> words = new ArrayList<>();
        Matcher m = WORD.matcher(text);
        while (m.find()) {
            words.add(m.group().toLowerCase(Locale.ROOT));
        }
        return words;
    }

    static boolean hasLetter(String word) {
        return word.codePoints().anyMatch(Character::isLetter);
    }

    /// The text without fenced and inline code, whose words belong to no human language.
    static String withoutCode(String text) {
        return INLINE_CODE.matcher(FENCE.matcher(text).replaceAll(" ")).replaceAll(" ");
    }

    /// Number of sentences; a last one without its full stop counts when it holds a word.
    static int sentences(String text) {
        int sentences = 0;
        int from = 0;
        Matcher m = SENTENCE_END.matcher(text);
        while (m.find()) {
            if (!of(text.substring(from, m.start())).isEmpty()) {
                sentences++;
            }
            from = m.end();
        }
        return of(text.substring(from)).isEmpty() ? sentences : sentences + 1;
    }

    /// The texts of the list items, markers removed.
    static List<String> bullets(String text) {
        List<String> bullets = new ArrayList<>();
        Matcher m = BULLET.matcher(text);
        while (m.find()) {
            bullets.add(m.group(1));
        }
        return bullets;
    }
}

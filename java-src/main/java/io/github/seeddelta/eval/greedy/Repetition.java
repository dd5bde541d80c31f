package io.github.seeddelta.eval.greedy;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// How much an answer repeats itself.
///
/// @param words         words in the answer
/// @param longestRun    longest run of one and the same word (numbers do not count: `0, 0, 0` is data)
/// @param loopShare     share of the words inside the longest stretch that repeats one block of words three times or
///                      more; a stuck answer is mostly that stretch, also when only a counter in it changes
/// @param repeatedShare share of the four-word sequences that occurred before in the answer
/// @param longestSymbolRun longest run, in characters that are not white space, of one character, or of a unit of at
// most
///                      eight with a letter in it: a model that is broken says `ylumylumylum` without a space
/// @param symbolRunShare   that run's share of all such characters
public record Repetition(
        int words,
        int longestRun,
        double loopShare,
        double repeatedShare,
        int longestSymbolRun,
        double symbolRunShare) {
    static final int MAX_RUN = 4;
    static final double MAX_LOOP_SHARE = 0.3;
    static final int MIN_LOOP_WORDS = 12;
    static final double MAX_REPEATED_SHARE = 0.45;
    static final int MIN_WORDS_FOR_REPEATED_SHARE = 30;
    static final int MAX_SYMBOL_RUN = 24;
    static final double MAX_SYMBOL_SHARE = 0.3;

    private static final int MAX_PERIOD = 40;
    private static final int MIN_COPIES = 3;
    private static final int NGRAM = 4;
    private static final int MAX_UNIT = 8;

    public static Repetition of(String answer) {
        List<String> words = Words.of(answer);
        int symbolRun = longestSymbolRun(answer);
        long visible =
                answer.codePoints().filter(c -> !Character.isWhitespace(c)).count();
        return new Repetition(
                words.size(),
                longestRun(words),
                words.isEmpty() ? 0 : (double) loopWords(words) / words.size(),
                repeatedShare(words),
                symbolRun,
                visible == 0 ? 0 : (double) symbolRun / visible);
    }

    /// Whether the answer is stuck.
    public boolean isStuck() {
        return longestRun > MAX_RUN
                || (loopShare >= MAX_LOOP_SHARE && loopShare * words >= MIN_LOOP_WORDS)
                || (repeatedShare >= MAX_REPEATED_SHARE && words >= MIN_WORDS_FOR_REPEATED_SHARE)
                || (longestSymbolRun >= MAX_SYMBOL_RUN && symbolRunShare >= MAX_SYMBOL_SHARE);
    }

    private static int longestRun(List<String> words) {
        int longest = 0;
        int run = 0;
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (!Words.hasLetter(word)) {
                run = 0;
                continue;
            }
            run = i > 0 && word.equals(words.get(i - 1)) ? run + 1 : 1;
            longest = Math.max(longest, run);
        }
        return longest;
    }

    /// Words in the longest stretch with w[i] = w[i − p] that holds three copies of the block or more. Numbers are
    /// all alike in blocks of three words or more ("Step 1: do it. Step 2: do it."), and a block needs a letter.
    private static int loopWords(List<String> words) {
        int longest = 0;
        for (int period = 1; period <= Math.min(MAX_PERIOD, words.size() / MIN_COPIES); period++) {
            int same = 0;
            boolean letters = false;
            for (int i = period; i < words.size(); i++) {
                if (!alike(words.get(i), words.get(i - period), period)) {
                    same = 0;
                    letters = false;
                    continue;
                }
                same++;
                letters |= Words.hasLetter(words.get(i));
                if (letters && same >= (MIN_COPIES - 1) * period) {
                    longest = Math.max(longest, same + period);
                }
            }
        }
        return longest;
    }

    private static boolean alike(String a, String b, int period) {
        return a.equals(b) || (period >= 3 && !Words.hasLetter(a) && !Words.hasLetter(b));
    }

    private static double repeatedShare(List<String> words) {
        int total = words.size() - NGRAM + 1;
        if (total < 1) {
            return 0;
        }
        Set<List<String>> seen = new HashSet<>();
        int repeated = 0;
        for (int i = 0; i < total; i++) {
            if (!seen.add(List.copyOf(words.subList(i, i + NGRAM)))) {
                repeated++;
            }
        }
        return (double) repeated / total;
    }

    private static int longestSymbolRun(String answer) {
        int[] symbols =
                answer.codePoints().filter(c -> !Character.isWhitespace(c)).toArray();
        int longest = 0;
        for (int period = 1; period <= MAX_UNIT; period++) {
            int run = 0;
            int letters = 0;
            for (int i = 0; i < symbols.length; i++) {
                boolean goesOn = i >= period && symbols[i] == symbols[i - period];
                run = goesOn ? run + 1 : period;
                letters = goesOn ? letters : 0;
                letters += Character.isLetter(symbols[i]) ? 1 : 0;
                if (period == 1 || (letters > 0 && run >= MIN_COPIES * period)) {
                    longest = Math.max(longest, run);
                }
            }
        }
        return longest;
    }
}

package io.github.seeddelta.eval.greedy;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Small helpers on answers.
final class Text {
    private static final Pattern FENCED = Pattern.compile("(?s)\\A\\s*```[\\w-]*\\s*\\n(.*?)\\n?\\s*```\\s*\\z");

    private Text() {}

    /// The content of the one code fence that makes up the whole text, or the text itself.
    static String unfence(String text) {
        Matcher m = FENCED.matcher(text);
        return m.matches() ? m.group(1) : text.strip();
    }

    static String shorten(String text, int maxChars) {
        String line = text.replaceAll("\\s+", " ");
        return line.codePointCount(0, line.length()) <= maxChars
                ? line
                : line.substring(0, line.offsetByCodePoints(0, maxChars - 1)) + "…";
    }
}

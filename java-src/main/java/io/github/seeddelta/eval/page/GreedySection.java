package io.github.seeddelta.eval.page;

import static io.github.seeddelta.report.page.Html.escape;

import io.github.seeddelta.eval.greedy.CheckResult;
import io.github.seeddelta.eval.greedy.GreedyResult;
import io.github.seeddelta.eval.greedy.PromptResult;
import io.github.seeddelta.eval.greedy.WordDiff;

/// The greedy pack: one fold per prompt, open where it is flagged.
final class GreedySection {
    private GreedySection() {}

    static String render(GreedyResult g) {
        StringBuilder out = new StringBuilder(
                "<h2>Greedy pack: <span class=\"%s\">%s</span></h2>\n".formatted(g.pass() ? "ok" : "fail", g.word()));
        out.append(
                "<p class=\"dim\">%d of %d prompts flagged; %s could judge. Answers may differ; the model must keep what"
                        .formatted(g.flagged(), g.prompts().size(), escape(g.coverage())));
        out.append(" the base keeps. <del>only base</del> <ins>only model</ins></p>\n");
        g.prompts().forEach(p -> prompt(p, out));
        return out.toString();
    }

    private static void prompt(PromptResult p, StringBuilder out) {
        out.append("<details%s><summary><span class=\"%s\">%s</span> %s <span class=\"tag\">%s</span></summary><div>\n"
                .formatted(
                        p.isFlagged() ? " open=\"open\"" : "",
                        p.isFlagged() ? "fail" : "ok",
                        p.isFlagged() ? "flagged" : "ok",
                        escape(p.id() + " " + p.name().replace('_', ' ')),
                        p.isSameAnswer() ? "same answer" : "other answer"));
        out.append("<p>").append(escape(p.prompt())).append("</p>\n<pre>");
        for (WordDiff.Part part : WordDiff.of(p.baseAnswer(), p.modelAnswer())) {
            String text = escape(part.text());
            switch (part.kind()) {
                case SAME -> out.append(text);
                case ONLY_BASE -> out.append("<del>").append(text).append("</del>");
                case ONLY_MODEL -> out.append("<ins>").append(text).append("</ins>");
            }
        }
        out.append("</pre>\n<div class=\"scroll\"><table>\n<tr><th>check</th><th class=\"left\">says</th>"
                + "<th class=\"left\">base</th><th class=\"left\">model</th></tr>\n");
        for (CheckResult c : p.checks()) {
            String style =
                    switch (c.status()) {
                        case PASS -> "ok";
                        case FAIL -> "fail";
                        case BASE_FAILS -> "na";
                    };
            out.append(
                    "<tr><td>%s</td><td class=\"left %s\">%s</td><td class=\"left\">%s</td><td class=\"left\">%s</td></tr>\n"
                            .formatted(
                                    escape(c.check()),
                                    style,
                                    escape(c.status().words()),
                                    escape(c.base().finding()),
                                    escape(c.model().finding())));
        }
        out.append("</table></div></div></details>\n");
    }
}

package io.github.seeddelta.eval.page;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.seeddelta.eval.result.Comparison;
import io.github.seeddelta.eval.result.EvalResult;
import io.github.seeddelta.eval.result.ModelFile;
import io.github.seeddelta.eval.result.Samples;
import io.github.seeddelta.eval.stats.BucketAccumulator;
import java.io.StringReader;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xml.sax.InputSource;

class PagesTest {
    private static final String MAP = "<svg viewBox=\"0 0 10 10\"><rect class=\"map\" width=\"5\" height=\"5\"/></svg>";

    private static EvalResult hostile() {
        BucketAccumulator b = new BucketAccumulator(512);
        b.add(new double[] {1, 2}, new double[] {Double.NaN, Double.POSITIVE_INFINITY}, Optional.empty());
        return new EvalResult(
                new ModelFile("a/<script>alert(1)</script>.gguf", "x", 10, OptionalLong.empty()),
                new ModelFile("b/\"&'\u0001.gguf", "y", 10, OptionalLong.empty()),
                Optional.of(Samples.text()),
                List.of(b.result()),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                Map.of("<b>", "</dd>"));
    }

    private static Comparison comparison() {
        return Comparison.of(List.of(
                new Comparison.Entry(
                        "trellis 2 bit", Samples.scored("a", 61_000_000, Samples.bucket(128, 20, 0.3, true))),
                new Comparison.Entry(
                        "Q2_K <down>", Samples.scored("b", 64_000_000, Samples.bucket(128, 20, 0.4, true))),
                new Comparison.Entry("itself", Samples.scored("c", 144_811_968, Samples.bucket(128, 20, 0, true)))));
    }

    static Stream<String> pages() {
        EvalResult one = Samples.scored("one chunk", 7, Samples.bucket(64, 1, 0.1, false));
        return Stream.of(
                EvalPage.render(Samples.full(0.4, false), Optional.of(MAP)),
                EvalPage.render(Samples.scored("itself", 7, Samples.bucket(64, 3, 0, true)), Optional.empty()),
                EvalPage.render(one, Optional.empty()),
                EvalPage.render(hostile(), Optional.empty()),
                ComparePage.render(comparison()),
                ComparePage.render(Comparison.of(List.of(new Comparison.Entry("one", one)))),
                ComparePage.render(Comparison.of(List.of(new Comparison.Entry("hostile", hostile())))));
    }

    @ParameterizedTest
    @MethodSource("pages")
    void is_well_formed_and_needs_nothing_from_elsewhere(String page) throws Exception {
        // Our pages close every element, so that a strict parser can check them.
        String xml = page.replace("<!DOCTYPE html>", "").replaceAll("<(meta|br)([^>]*)>", "<$1$2/>");
        DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(xml)));
        assertThat(page).doesNotContain("http:", "https:", "<script", "@import", "url(", "NaN", "Infinity");
        assertThat(page).contains("name=\"viewport\"").contains("prefers-color-scheme: dark");
    }

    @ParameterizedTest
    @MethodSource("pages")
    void pictures_stay_inside_their_frames(String page) {
        Matcher svg = Pattern.compile("(?s)<svg viewBox=\"0 0 (\\d+) (\\d+)\".*?</svg>")
                .matcher(page);
        while (svg.find()) {
            double width = Double.parseDouble(svg.group(1));
            double height = Double.parseDouble(svg.group(2));
            Matcher x = Pattern.compile(" (x|x1|x2|cx)=\"(-?[\\d.]+)\"").matcher(svg.group());
            while (x.find()) {
                assertThat(Double.parseDouble(x.group(2))).as(svg.group()).isBetween(0.0, width);
            }
            Matcher y = Pattern.compile(" (y|y1|y2|cy)=\"(-?[\\d.]+)\"").matcher(svg.group());
            while (y.find()) {
                assertThat(Double.parseDouble(y.group(2))).as(svg.group()).isBetween(0.0, height);
            }
        }
    }

    @Test
    void the_evaluation_page_shows_verdict_plots_answers_and_the_map() {
        String page = EvalPage.render(Samples.full(0.4, false), Optional.of(MAP));
        assertThat(page)
                .contains("class=\"verdict bad\"", "Fails the greedy pack", "Perplexity per chunk", "Paired difference")
                .contains("Divergence per token", "Divergence per token, ctx 1024", "Memory", "Speed", MAP)
                .contains("<del>", "n/a (base fails)", "&lt;café&gt;", "llama_commit");
        assertThat(page.split("<details open=\"open\">", -1))
                .hasSize(1 + (int) Samples.greedy(false).flagged());
        assertThat(EvalPage.render(Samples.full(0.4, true), Optional.empty())).doesNotContain("<h2>Layers</h2>");
    }

    @Test
    void the_comparison_page_ranks_and_plots() {
        String page = ComparePage.render(comparison());
        assertThat(page)
                .contains(
                        "Closest to the base: trellis 2 bit",
                        "1. itself *",
                        "2. trellis 2 bit *",
                        "3. Q2_K &lt;down&gt;")
                .contains("mean KLD, nats (log)", "point-best", "base: 138.1 MiB");
        // the base against itself has no place on a logarithmic axis
        assertThat(page.split("<circle", -1)).hasSize(3);
    }
}

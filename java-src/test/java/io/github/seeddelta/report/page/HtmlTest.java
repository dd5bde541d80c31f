package io.github.seeddelta.report.page;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HtmlTest {
    @Test
    void escapes_what_could_end_text_or_attribute() {
        assertThat(Html.escape("<a b=\"c\" d='e'>&")).isEqualTo("&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
        assertThat(Html.escape("añ 缓 🙂\n\t")).isEqualTo("añ 缓 🙂\n\t");
        assertThat(Html.escape("\u0000\u001b[31m\ud800")).isEqualTo("\ufffd\ufffd[31m\ufffd");
    }

    @Test
    void svg_numbers_are_short_and_text_is_safe() {
        String svg = new Svg(10, 20, "<x>")
                .line(1, 2.5, 3.333333, 40, "axis")
                .text(1, 1, Svg.Anchor.END, "tick", "a<b")
                .render();
        assertThat(svg)
                .contains("viewBox=\"0 0 10 20\"", "aria-label=\"&lt;x&gt;\"", "y1=\"2.5\"", "x2=\"3.33\"", "y2=\"40\"")
                .contains("text-anchor=\"end\"", ">a&lt;b</text>");
    }
}

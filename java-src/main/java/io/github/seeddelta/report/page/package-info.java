/// Building blocks of self-contained HTML pages: escaping, axes, inline SVG, style sheet. Pure.
@NullMarked
package io.github.seeddelta.report.page;

import org.jspecify.annotations.NullMarked;

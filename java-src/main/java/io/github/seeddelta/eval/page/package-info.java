/// Self-contained HTML pages of one evaluation and of several side by side. Pure.
@NullMarked
package io.github.seeddelta.eval.page;

import org.jspecify.annotations.NullMarked;

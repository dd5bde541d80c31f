/// The greedy pack: prompts, checks against the base's own answers, files. Pure but for the writer.
@NullMarked
package io.github.seeddelta.eval.greedy;

import org.jspecify.annotations.NullMarked;

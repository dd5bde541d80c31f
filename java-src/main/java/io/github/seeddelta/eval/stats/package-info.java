/// Scores of tokens turned into figures with their errors. Pure.
@NullMarked
package io.github.seeddelta.eval.stats;

import org.jspecify.annotations.NullMarked;

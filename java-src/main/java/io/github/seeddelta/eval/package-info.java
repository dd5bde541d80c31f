/// Measures a file against its base: perplexity, paired difference, divergence, memory, speed.
@NullMarked
package io.github.seeddelta.eval;

import org.jspecify.annotations.NullMarked;

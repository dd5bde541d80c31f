/// Runs over the chunks of a text, remembers finished ones, resumes.
@NullMarked
package io.github.seeddelta.eval.score;

import org.jspecify.annotations.NullMarked;

/// Runs an evaluation: native jobs in child processes, their results through the journal, one [EvalResult] at the end.
@NullMarked
package io.github.seeddelta.eval.run;

import org.jspecify.annotations.NullMarked;

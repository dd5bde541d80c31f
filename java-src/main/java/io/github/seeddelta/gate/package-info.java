/// Whether a candidate tensor is admitted, and the sentence that says why. Pure.
@NullMarked
package io.github.seeddelta.gate;

import org.jspecify.annotations.NullMarked;

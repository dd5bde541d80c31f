/// Which settings to try for a tensor, and in which order. Pure.
@NullMarked
package io.github.seeddelta.tune;

import org.jspecify.annotations.NullMarked;

/// Toy B: how a trained stack that is small enough to know its tasks breaks, layer by layer (docs/CONTROLLED.md).
@NullMarked
package io.github.seeddelta.toy.b;

import org.jspecify.annotations.NullMarked;

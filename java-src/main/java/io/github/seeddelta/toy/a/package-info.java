/// Toy A: weights whose expected error is known in closed form, through builder, file and runtime (docs/CONTROLLED.md).
@NullMarked
package io.github.seeddelta.toy.a;

import org.jspecify.annotations.NullMarked;

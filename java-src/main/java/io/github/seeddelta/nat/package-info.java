/// Owner classes over the generated bindings: one per native handle, the only users of the bindings.
@NullMarked
package io.github.seeddelta.nat;

import org.jspecify.annotations.NullMarked;

/// Perturbs one tensor at a time and records how much each layer minds.
@NullMarked
package io.github.seeddelta.scan;

import org.jspecify.annotations.NullMarked;

/// Turns a model and a set of decisions into a SeedΔ file: plan, run, journal, atomic rename.
@NullMarked
package io.github.seeddelta.build;

import org.jspecify.annotations.NullMarked;

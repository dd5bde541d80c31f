/// Calibration data from a text: imatrix, second moments, sampled activations.
@NullMarked
package io.github.seeddelta.build.collect;

import org.jspecify.annotations.NullMarked;

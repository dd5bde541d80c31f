/// Looks at the machine and says what to do about each problem.
@NullMarked
package io.github.seeddelta.cli.doctor;

import org.jspecify.annotations.NullMarked;

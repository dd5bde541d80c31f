/// Resident memory of a process, from what the kernel reports.
@NullMarked
package io.github.seeddelta.eval.memory;

import org.jspecify.annotations.NullMarked;

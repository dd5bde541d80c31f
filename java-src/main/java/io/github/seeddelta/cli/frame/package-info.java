/// What every command stands on: the host, output, progress, child processes, exit codes.
@NullMarked
package io.github.seeddelta.cli.frame;

import org.jspecify.annotations.NullMarked;

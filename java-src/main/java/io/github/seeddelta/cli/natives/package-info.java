/// Drives CMake and Ninja for the two native builds.
@NullMarked
package io.github.seeddelta.cli.natives;

import org.jspecify.annotations.NullMarked;

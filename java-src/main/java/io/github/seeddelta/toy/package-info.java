/// Small controlled models whose errors are known beforehand.
@NullMarked
package io.github.seeddelta.toy;

import org.jspecify.annotations.NullMarked;

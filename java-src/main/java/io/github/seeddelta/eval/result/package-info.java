/// What an evaluation found, its JSON, its sentences and its terminal tables. Pure.
@NullMarked
package io.github.seeddelta.eval.result;

import org.jspecify.annotations.NullMarked;

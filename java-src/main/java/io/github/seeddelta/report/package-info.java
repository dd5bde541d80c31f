/// The record of a build: decisions, bytes, metrics, as versioned JSON. Pure.
@NullMarked
package io.github.seeddelta.report;

import org.jspecify.annotations.NullMarked;

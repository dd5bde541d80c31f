/// The catalogue of small real models and the folder they are fetched into.
@NullMarked
package io.github.seeddelta.cli.model;

import org.jspecify.annotations.NullMarked;

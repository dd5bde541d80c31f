/// What a policy file says and what it resolves to for each tensor. Pure.
@NullMarked
package io.github.seeddelta.policy;

import org.jspecify.annotations.NullMarked;

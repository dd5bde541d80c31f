package io.github.seeddelta.arch.broken.bindings.llama;

import io.github.seeddelta.arch.broken.nat.Owner;

/// Breaks: bindings import nothing of ours.
public record Generated(Owner owner) {}

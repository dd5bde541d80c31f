package io.github.seeddelta.arch.broken.nat;

import io.github.seeddelta.arch.broken.policy.ReadsFile;

/// Breaks: nat imports only bindings.
public record Owner(ReadsFile policy) {}

package io.github.seeddelta.policy;

/// A resolved value and who set it.
public record Sourced<T>(T value, Origin origin) {}

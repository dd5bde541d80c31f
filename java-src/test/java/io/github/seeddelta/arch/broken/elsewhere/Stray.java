package io.github.seeddelta.arch.broken.elsewhere;

/// Breaks: every class is in a known package.
public record Stray() {}

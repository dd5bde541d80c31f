package io.github.seeddelta.arch.broken.cli;

/// What others must not import.
public record Helper(String name) {}

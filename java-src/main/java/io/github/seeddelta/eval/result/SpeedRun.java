package io.github.seeddelta.eval.result;

/// One timed run of one model, tokens per second.
public record SpeedRun(double promptTokensPerSecond, double generationTokensPerSecond) {}

package io.github.seeddelta.eval.run;

import io.github.seeddelta.nat.RuntimeOptions;
import java.nio.file.Path;

/// What to time.
///
/// @param rounds       how often each model is timed, in turn
/// @param promptTokens tokens of the prompt
/// @param tokens       tokens decoded one by one after it
/// @param runtime      how payloads run, in either model
public record SpeedRequest(
        Path base, Path model, int rounds, int promptTokens, int tokens, int threads, RuntimeOptions runtime) {}

package io.github.seeddelta.eval.result;

import io.github.seeddelta.eval.memory.MemorySample;

/// Memory of one child process that held one model.
///
/// @param ctx    context length it was opened with
/// @param repack whether weights were repacked at load
/// @param sample taken after the context was filled once, hence steady; its peak covers the whole life; each figure is
///               less what the process held before it loaded the model
public record MemoryRow(Side side, int ctx, boolean repack, MemorySample sample) {}

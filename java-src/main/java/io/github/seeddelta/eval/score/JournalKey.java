package io.github.seeddelta.eval.score;

/// What a stored chunk belongs to. A score is reused only when all five are the same.
///
/// @param modelSha256 digest of the model file, hex
/// @param textSha256  digest of the text file, hex
/// @param settings    whatever else changes a score, in a fixed order, e.g. `score=2;threads=2;isa=avx2;kld=<base>`
public record JournalKey(String modelSha256, String textSha256, int ctx, int chunkIndex, String settings) {}

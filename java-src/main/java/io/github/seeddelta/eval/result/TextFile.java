package io.github.seeddelta.eval.result;

/// The text whose tokens were scored.
///
/// @param sha256 hex digest of the file
public record TextFile(String path, String sha256) {}

package io.github.seeddelta.nat;

/// How models that carry SeedΔ payloads run.
///
/// @param payloads run payloads; without, only dense twins run and a file that lacks one is refused
/// @param fallback let a dense twin replace a result that is not finite, and payloads over the gap
/// @param gap      payloads whose stored weighted relative error exceeds it use their dense twin; infinite means never
public record RuntimeOptions(boolean payloads, boolean fallback, double gap) {
    public static final RuntimeOptions DEFAULT = new RuntimeOptions(true, false, Double.POSITIVE_INFINITY);

    public RuntimeOptions {
        if (!(gap >= 0)) {
            throw new NativeException.Usage("the gap must be a number from 0 on, not " + gap);
        }
    }
}

package io.github.seeddelta.build;

import io.github.seeddelta.policy.ResolvedTensor;
import java.util.Collection;

/// Everything that the payloads and measurements of a build depend on, as text. Threads are not in it, since they
// change
/// nothing.
final class Fingerprint {
    private Fingerprint() {}

    static String of(
            BuildRequest request, String modelSha256, CalibrationData calibration, Collection<ResolvedTensor> tensors) {
        StringBuilder text = new StringBuilder();
        text.append("journal ").append(Journal.FORMAT).append('\n');
        text.append("builder ").append(Registry.builderVersion()).append('\n');
        text.append("model ").append(modelSha256).append('\n');
        text.append(calibration.fingerprint());
        text.append(request.measurement()).append('\n');
        text.append("all variants ")
                .append(!(request.size() instanceof SizeLimit.None))
                .append('\n');
        text.append("fallback ").append(request.gatingFallback()).append('\n');
        for (ResolvedTensor tensor : tensors) {
            text.append(tensor.weightName());
            tensor.values()
                    .forEach((key, value) ->
                            text.append(' ').append(key).append('=').append(value.value()));
            text.append('\n');
        }
        return text.toString();
    }
}

package io.github.seeddelta.cli.natives;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/// What a finished build says about itself in seeddelta-build.json.
///
/// @param pinTree tree id of the unpatched source it was made from
/// @param cpuFeatures what the compiler took for granted, in the compiler's names
record Stamp(String pinTree, String seriesSha256, Set<String> cpuFeatures) {

    /// Empty when there is no finished build.
    static Optional<Stamp> read(Path file) {
        try {
            JsonNode json = new ObjectMapper().readTree(file.toFile());
            Set<String> features = StreamSupport.stream(
                            json.path("cpu_features").spliterator(), false)
                    .map(JsonNode::asText)
                    .collect(Collectors.toUnmodifiableSet());
            return Optional.of(new Stamp(
                            json.path("pin_tree").asText(),
                            json.path("series_sha256").asText(),
                            features))
                    .filter(stamp -> !stamp.pinTree().isEmpty());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /// Features that this CPU lacks. The kernel writes avx512_vnni where the compiler writes avx512vnni.
    Set<String> missing(Set<String> cpuFlags) {
        Set<String> plain =
                cpuFlags.stream().map(flag -> flag.replace("_", "")).collect(Collectors.toUnmodifiableSet());
        return cpuFeatures.stream()
                .filter(feature -> !plain.contains(feature.replace("_", "")))
                .collect(Collectors.toUnmodifiableSet());
    }
}

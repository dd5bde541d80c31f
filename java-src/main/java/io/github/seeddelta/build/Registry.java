package io.github.seeddelta.build;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.seeddelta.nat.LibraryInfo;
import io.github.seeddelta.policy.KnownNames;
import java.util.SortedSet;
import java.util.TreeSet;

/// What the native library says it can build.
public final class Registry {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Registry() {}

    /// Base kinds and schemes of the loaded library; `none` and `block` are what a build uses when nobody says, and
    /// scheme `none` with a base that is whole without a residual.
    public static KnownNames names() {
        JsonNode info = info();
        return new KnownNames(
                list(info.path("bases")),
                list(info.path("schemes")),
                "none",
                "block",
                list(info.path("whole_bases")),
                "none");
    }

    /// Version of the library, for the file's provenance.
    public static String builderVersion() {
        return info().path("version").asText();
    }

    /// The llama.cpp tag that the library was built beside.
    public static String llamaTag() {
        return info().path("pin_tag").asText();
    }

    /// The processor's name, for the report.
    public static String cpuBrand() {
        return parse(LibraryInfo.cpuJson()).path("brand").asText();
    }

    /// The kernel set that runs payloads on this machine.
    public static String kernelSet() {
        return parse(LibraryInfo.cpuJson()).path("isa").asText();
    }

    private static JsonNode info() {
        return parse(LibraryInfo.buildJson());
    }

    private static JsonNode parse(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the native library describes itself in broken JSON", e);
        }
    }

    private static SortedSet<String> list(JsonNode array) {
        TreeSet<String> names = new TreeSet<>();
        array.forEach(name -> names.add(name.asText()));
        return names;
    }
}

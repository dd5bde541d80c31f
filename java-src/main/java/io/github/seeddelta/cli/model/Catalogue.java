package io.github.seeddelta.cli.model;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.seeddelta.cli.frame.CliException;
import io.github.seeddelta.cli.frame.Nearest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/// The models that can be fetched by name. Shape of the resource catalogue.json and of `model list --json`.
public record Catalogue(int schema, List<CatalogueEntry> models) {

    public static Catalogue load() {
        try (InputStream in = Catalogue.class.getResourceAsStream("catalogue.json")) {
            if (in == null) {
                throw new IllegalStateException("catalogue.json is not on the class path; build with Maven");
            }
            return JsonMapper.builder()
                    .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                    .build()
                    .readValue(in, Catalogue.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Errors: [CliException.Usage] with the nearest name when there is no such model.
    public CatalogueEntry find(String name) {
        List<String> names = models.stream().map(CatalogueEntry::name).toList();
        return models.stream()
                .filter(model -> model.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new CliException.Usage("model get: no model named '" + name + "'"
                        + Nearest.to(name, names)
                                .map(near -> ", did you mean '" + near + "'?")
                                .orElse("") + "; 'seeddelta model list' shows them"));
    }
}

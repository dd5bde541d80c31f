package io.github.seeddelta.policy;

import java.util.Optional;

/// A constant that has one fixed spelling in JSON.
public interface JsonNamed {
    String jsonName();

    /// The constant spelled `name`, if there is one.
    static <E extends JsonNamed> Optional<E> find(E[] constants, String name) {
        for (E constant : constants) {
            if (constant.jsonName().equals(name)) {
                return Optional.of(constant);
            }
        }
        return Optional.empty();
    }
}

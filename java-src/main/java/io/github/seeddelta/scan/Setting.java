package io.github.seeddelta.scan;

import io.github.seeddelta.policy.CliDefaults;
import io.github.seeddelta.policy.Key;
import io.github.seeddelta.policy.Keys;
import io.github.seeddelta.policy.KnownNames;

/// One way to encode a tensor, as policy keys: `scheme=coo,K=64,vals=i8`. Keys that are not named keep their built-in
/// value.
public record Setting(String text) {

    /// The setting as values of the command line, for a build without a policy.
    ///
    /// @throws IllegalArgumentException naming a key nobody knows or a value it does not take
    CliDefaults defaults(KnownNames names) {
        CliDefaults cli = CliDefaults.NONE;
        for (String part : text.split(",", -1)) {
            int equals = part.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException(
                        "--setting " + text + ": '" + part + "' must be a policy key and its value, such as K=64");
            }
            cli = set(cli, part.substring(0, equals), part.substring(equals + 1), names);
        }
        return cli;
    }

    private CliDefaults set(CliDefaults cli, String path, String value, KnownNames names) {
        Key<?> key = Keys.ALL.stream()
                .filter(k -> !k.wholeBuild() && k.path().equals(path))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "--setting " + text + ": '" + path + "' is no key of a policy rule"));
        return cli.withText(key, value, "--setting " + path, names);
    }
}

package io.github.seeddelta.cli;

import io.github.seeddelta.cli.frame.CliException;
import io.github.seeddelta.policy.KnownNames;
import io.github.seeddelta.policy.Policy;
import io.github.seeddelta.policy.PolicyException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Reads a policy from a file.
final class PolicyFile {
    private PolicyFile() {}

    /// Errors: bad input naming file, line and column of the first problem.
    static Policy read(Path file, boolean strict, KnownNames names) throws IOException {
        Checks.readable(file);
        try {
            return parse(file, strict, names);
        } catch (PolicyException e) {
            throw new CliException.BadInput(String.valueOf(e.getMessage()));
        }
    }

    /// @throws PolicyException with all problems
    static Policy parse(Path file, boolean strict, KnownNames names) throws IOException {
        return Policy.parse(
                file.toString(), Files.readAllBytes(file), strict ? Policy.Mode.STRICT : Policy.Mode.LENIENT, names);
    }
}

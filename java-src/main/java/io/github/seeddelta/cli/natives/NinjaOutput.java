package io.github.seeddelta.cli.natives;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads the output of CMake and Ninja: how far it is, and which line tells why it failed. Not thread-safe.
final class NinjaOutput {
    private static final Pattern STEP = Pattern.compile("\\[(\\d+)/(\\d+)\\] (.*)");
    private static final Pattern ERROR = Pattern.compile(
            "(?i)(\\berror\\b\\s*:|fatal error|undefined reference|ninja: error|no space left|killed).*");
    private static final String CMAKE_ERROR = "CMake Error";
    private static final int CMAKE_LINES = 6;

    /// @param what the file or target of the step
    record Step(long done, long total, String what) {}

    private final List<String> cmakeError = new ArrayList<>();
    private boolean insideCmakeError;
    private String error = "";

    /// Takes one line; a step when the line announces one.
    Optional<Step> accept(String line) {
        Matcher step = STEP.matcher(line);
        if (step.matches()) {
            insideCmakeError = false;
            return Optional.of(
                    new Step(Long.parseLong(step.group(1)), Long.parseLong(step.group(2)), shortName(step.group(3))));
        }
        if (line.startsWith(CMAKE_ERROR)) {
            cmakeError.clear();
            insideCmakeError = true;
        } else if (insideCmakeError) {
            boolean body = line.startsWith(" ") || line.isBlank();
            if (body && !line.isBlank() && cmakeError.size() < CMAKE_LINES) {
                cmakeError.add(line.strip());
            }
            insideCmakeError = body;
            return Optional.empty();
        }
        if (ERROR.matcher(line).find()) {
            error = line.strip();
        }
        return Optional.empty();
    }

    /// The last line that names an error; what CMake itself says wins.
    Optional<String> reason() {
        String reason = cmakeError.isEmpty() ? error : String.join(" ", cmakeError);
        return reason.isEmpty() ? Optional.empty() : Optional.of(reason);
    }

    private static String shortName(String step) {
        return step.substring(step.lastIndexOf('/') + 1);
    }
}

package io.github.seeddelta.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.seeddelta.cli.frame.Child;
import io.github.seeddelta.cli.frame.CliException;
import io.github.seeddelta.cli.frame.Progress;
import io.github.seeddelta.nat.NativeDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Runs `seeddelta-bench`: a program of its own, so that nothing of this one runs beside what is timed.
final class KernelBench {
    private static final String PROGRAM = "seeddelta-bench";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Child child;

    KernelBench(Child child) {
        this.child = child;
    }

    /// One row for each line of JSON it prints.
    ///
    /// Errors: [CliException.Usage] with the program's own line when it refuses an option; [CliException.Failed]
    // when it
    /// is missing or fails.
    List<JsonNode> run(List<String> arguments, Progress progress) throws IOException {
        Path folder = NativeDirectory.find();
        Path program = folder.resolve(PROGRAM);
        if (!Files.isExecutable(program)) {
            throw new CliException.Failed(program + ": not built; run 'seeddelta native build'");
        }
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(arguments);
        List<JsonNode> rows = new ArrayList<>();
        List<String> last = new ArrayList<>(List.of("no message"));
        int status = child.run(folder, command, Map.of(), line -> {
            if (line.startsWith("{")) {
                rows.add(parse(line));
            } else if (line.startsWith("progress ")) {
                String[] words = line.split(" ", 4);
                progress.update(Long.parseLong(words[1]), Long.parseLong(words[2]), words[3]);
            } else if (!line.isBlank()) {
                last.set(0, line.strip());
            }
        });
        if (status == 2) {
            throw new CliException.Usage(last.getFirst().replaceFirst("^" + PROGRAM + ": ", ""));
        }
        if (status != 0) {
            throw new CliException.Failed(PROGRAM + " ended with " + status + ": " + last.getFirst());
        }
        return rows;
    }

    private static JsonNode parse(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(PROGRAM + " printed a row that is not JSON: " + line, e);
        }
    }
}

package io.github.seeddelta.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Compares output with a file under java-src/test/resources/golden.
/// `-Dseeddelta.golden=write` rewrites the files and fails, so that a run which writes is never taken for a check.
final class Golden {
    private static final Path FOLDER = Path.of("java-src/test/resources/golden/cli");

    private Golden() {}

    static void check(String name, String actual) throws IOException {
        Path file = FOLDER.resolve(name + ".txt");
        if ("write".equals(System.getProperty("seeddelta.golden"))) {
            Files.createDirectories(FOLDER);
            Files.writeString(file, actual);
            fail("wrote " + file + "; look at the difference, then run without seeddelta.golden");
        }
        assertThat(file).as("golden file").exists();
        assertThat(actual).isEqualTo(Files.readString(file));
    }
}

package io.github.seeddelta.nat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the libraries export against what the bindings were generated for.
@Tag("native")
class ExportsIT {
    private static final Pattern INCLUDED = Pattern.compile("^--include-function (\\w+)$", Pattern.MULTILINE);
    private static final Pattern DEFINED = Pattern.compile("^[0-9a-f]+ [TtWi] ([^@\\s]+)", Pattern.MULTILINE);
    private static final Pattern DECLARED = Pattern.compile("^SD_(?:RUNTIME_)?API [^(]*?(\\w+)\\(", Pattern.MULTILINE);

    private static Path libraries;

    @BeforeAll
    static void find() {
        libraries = NativeDirectory.find();
    }

    @ParameterizedTest
    @ValueSource(strings = {"seeddelta", "collect", "runtime"})
    void listsHoldAllOfTheirHeaders(String name) throws IOException {
        String header = Files.readString(Path.of("native", "include", "seeddelta", name + ".h"));
        assertThat(included(name + ".txt")).isEqualTo(names(DECLARED, header));
    }

    @Test
    void seedDeltaExportsTheListsAndNothingElse() throws IOException, InterruptedException {
        Set<String> lists = included("seeddelta.txt");
        lists.addAll(included("collect.txt"));
        assertThat(exports("libseeddelta.so")).isEqualTo(lists);
    }

    @Test
    void llamaExportsWhatWeCall() throws IOException, InterruptedException {
        assertThat(exports("libllama.so")).containsAll(included("llama.txt")).containsAll(included("runtime.txt"));
    }

    private static Set<String> included(String list) throws IOException {
        Set<String> names = names(INCLUDED, Files.readString(Path.of("bindings", "includes", list)));
        assertThat(names).as(list).isNotEmpty();
        return names;
    }

    private static Set<String> exports(String library) throws IOException, InterruptedException {
        Path file = libraries.resolve(library);
        Process nm = new ProcessBuilder("nm", "--dynamic", "--defined-only", file.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(nm.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(nm.waitFor()).as("nm %s: %s", file, output).isZero();
        return names(DEFINED, output);
    }

    private static Set<String> names(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map((MatchResult r) -> r.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}

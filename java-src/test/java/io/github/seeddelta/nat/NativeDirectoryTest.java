package io.github.seeddelta.nat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeDirectoryTest {
    @TempDir
    Path home;

    @Test
    void homeIsSearchedForTheForkBuild() throws IOException {
        Path bin = makeLibraries(home.resolve("build/fork/bin"));
        assertThat(find(Map.of("seeddelta.home", home.toString()))).isEqualTo(bin);
    }

    @Test
    void explicitFolderWins() throws IOException {
        makeLibraries(home.resolve("build/fork/bin"));
        Path other = makeLibraries(home.resolve("other"));
        assertThat(find(Map.of("seeddelta.home", home.toString(), "seeddelta.native.dir", other.toString())))
                .isEqualTo(other);
    }

    @Test
    void explicitFolderHasNoFallback() throws IOException {
        makeLibraries(home.resolve("build/fork/bin"));
        Path empty = home.resolve("empty");
        assertThatThrownBy(
                        () -> find(Map.of("seeddelta.home", home.toString(), "seeddelta.native.dir", empty.toString())))
                .isInstanceOf(NativeException.Usage.class)
                .hasMessageContaining(empty.resolve("libseeddelta.so").toString())
                .hasMessageContaining("correct or remove -Dseeddelta.native.dir=" + empty);
    }

    @Test
    void everyMissingFileAndTheRemedyAreNamed() throws IOException {
        Path bin = makeLibraries(home.resolve("build/fork/bin"));
        Files.delete(bin.resolve("libseeddelta.so"));
        Files.delete(bin.resolve("libllama.so"));
        assertThatThrownBy(() -> find(Map.of("seeddelta.home", home.toString())))
                .isInstanceOf(NativeException.Usage.class)
                .hasMessage("native libraries not found: " + bin.resolve("libseeddelta.so") + ", "
                        + bin.resolve("libllama.so") + "; run: seeddelta native build");
    }

    @Test
    void withoutAnyPropertyTheLauncherIsNamed() {
        assertThatThrownBy(() -> find(Map.of()))
                .isInstanceOf(NativeException.Usage.class)
                .hasMessageContaining("neither -Dseeddelta.native.dir nor -Dseeddelta.home is set");
    }

    private static Path find(Map<String, String> properties) {
        return NativeDirectory.find(properties::get);
    }

    private static Path makeLibraries(Path dir) throws IOException {
        Files.createDirectories(dir);
        for (String name : NativeDirectory.CODEC_LIBRARIES) {
            Files.createFile(dir.resolve(name));
        }
        for (String name : NativeDirectory.LLAMA_LIBRARIES) {
            Files.createFile(dir.resolve(name));
        }
        return dir;
    }
}

package io.github.seeddelta.nat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Where the native libraries are: the folder that `-Dseeddelta.native.dir` names and no other, or else
/// `build/fork/bin` below `-Dseeddelta.home`.
public final class NativeDirectory {
    public static final String DIR_PROPERTY = "seeddelta.native.dir";
    public static final String HOME_PROPERTY = "seeddelta.home";

    /// File names of libseeddelta and what it needs, in the order of loading.
    static final List<String> CODEC_LIBRARIES = List.of("libggml-base.so", "libseeddelta.so");
    /// File names of llama.cpp's libraries after those, in the order of loading.
    static final List<String> LLAMA_LIBRARIES = List.of("libggml-cpu.so", "libggml.so", "libllama.so");

    private NativeDirectory() {}

    /// @throws NativeException.Usage naming every file that was looked for and is missing, and what to do
    public static Path find() {
        return find(System::getProperty);
    }

    static Path find(UnaryOperator<@Nullable String> properties) {
        String explicit = properties.apply(DIR_PROPERTY);
        if (explicit != null) {
            Path dir = Path.of(explicit).toAbsolutePath();
            List<Path> missing = missing(dir);
            if (!missing.isEmpty()) {
                throw notFound(missing, "correct or remove -D" + DIR_PROPERTY + "=" + explicit);
            }
            return dir;
        }
        String home = properties.apply(HOME_PROPERTY);
        if (home == null) {
            throw new NativeException.Usage("native libraries cannot be looked for: neither -D" + DIR_PROPERTY
                    + " nor -D" + HOME_PROPERTY + " is set; start the program with the launcher `seeddelta`");
        }
        Path dir = Path.of(home, "build", "fork", "bin").toAbsolutePath();
        List<Path> missing = missing(dir);
        if (!missing.isEmpty()) {
            throw notFound(missing, "run: seeddelta native build");
        }
        return dir;
    }

    private static List<Path> missing(Path dir) {
        List<Path> missing = new ArrayList<>();
        for (List<String> names : List.of(CODEC_LIBRARIES, LLAMA_LIBRARIES)) {
            names.stream()
                    .map(dir::resolve)
                    .filter(file -> !Files.isRegularFile(file))
                    .forEach(missing::add);
        }
        return missing;
    }

    private static NativeException notFound(List<Path> missing, String remedy) {
        return new NativeException.Usage("native libraries not found: "
                + String.join(", ", missing.stream().map(Path::toString).toList()) + "; " + remedy);
    }
}

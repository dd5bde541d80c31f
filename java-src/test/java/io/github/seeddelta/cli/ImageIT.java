package io.github.seeddelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.seeddelta.cli.frame.Host;
import io.github.seeddelta.toy.ToyB;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.containers.Container;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.startupcheck.OneShotStartupCheckStrategy;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.MountableFile;

/// The container image that `scripts/image --check` builds: it runs as it is, without network, and counts as upstream
/// does. Fails where no engine answers or the image is missing.
@Tag("native")
@Tag("reference")
class ImageIT {
    private static final String IMAGE = System.getProperty("seeddelta.image");
    private static final Path HOME = Path.of(System.getProperty("seeddelta.home"));
    private static final Host HOST = new Host(HOME, Path.of("/proc"), System.getenv(), false);
    private static final String ENTRY = "/opt/seeddelta/seeddelta";
    private static final String UPSTREAM = "/opt/seeddelta/home/build/reference/bin/llama-perplexity";
    private static final String CTX = "128";
    private static final String CHUNKS = "8";
    private static final String THREADS = "1";
    private static final int UPSTREAM_RETRIES = 20;

    @TempDir
    static Path dir;

    private static Path base;
    private static Path model;
    private static Path text;
    private static GenericContainer<?> container;

    @BeforeAll
    static void start() {
        base = dir.resolve("base.gguf");
        model = dir.resolve("model.gguf");
        text = dir.resolve("text.txt");
        ToyB.writeModel(base);
        ToyB.writeText(text);
        Run built = Run.of(
                HOST,
                "build",
                base.toString(),
                "-o",
                model.toString(),
                "--kinds",
                "down",
                "--K",
                "128",
                "--strip-dense",
                "--force-strip-dense",
                "--quiet");
        assertThat(built.exitCode()).as(built.err()).isZero();
        container = image().withCopyFileToContainer(MountableFile.forHostPath(base), "/models/base.gguf")
                .withCopyFileToContainer(MountableFile.forHostPath(model), "/models/model.gguf")
                .withCopyFileToContainer(MountableFile.forHostPath(text), "/models/text.txt")
                .withCreateContainerCmdModifier(
                        create -> create.withEntrypoint("sleep").withCmd("infinity"));
        container.start();
    }

    @AfterAll
    static void stop() {
        container.stop();
    }

    @Test
    void perplexityInTheImageIsUpstreamsDigitForDigit() throws Exception {
        JsonNode ours =
                tree(succeed(ENTRY, evalArguments("/models/base.gguf", "/models/model.gguf", "/models/text.txt")));
        String printed =
                ours.path("reference").path("ours_printed").path("base").asText();
        assertThat(printed).matches("\\d+\\.\\d{4}");
        assertThat(ours.path("reference").path("equal").asBoolean()).isTrue();
        assertThat(upstream("/models/base.gguf")).isEqualTo(printed);
    }

    @Test
    void theImageRunsAsNobodyInParticularAndCarriesNoCompiler() throws Exception {
        assertThat(succeed("id", List.of("-u")).strip()).isEqualTo("10001");
        String java = succeed("ls", List.of("/opt/seeddelta/java/bin"));
        assertThat(java.lines()).contains("java").doesNotContain("javac");
        for (String tool : List.of("g++", "mvn", "git")) {
            assertThat(container
                            .execInContainer("sh", "-c", "command -v " + tool)
                            .getExitCode())
                    .as(tool)
                    .isNotZero();
        }
    }

    /// What `docker run --network none IMAGE demo` does.
    @Test
    void theDemoRunsWithoutNetwork() {
        try (GenericContainer<?> demo = image().withCommand("demo")
                .withStartupCheckStrategy(new OneShotStartupCheckStrategy().withTimeout(Duration.ofMinutes(20)))) {
            demo.start();
            assertThat(demo.getLogs()).contains("copy", "sum", "brackets", "eval.html");
            byte[] json = demo.copyFileFromContainer("/out/seeddelta-demo/eval.json", in -> in.readAllBytes());
            assertThat(new ObjectMapper()
                            .readTree(json)
                            .path("base")
                            .path("ppl")
                            .asDouble())
                    .isPositive();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static GenericContainer<?> image() {
        return new GenericContainer<>(DockerImageName.parse(IMAGE)).withNetworkMode("none");
    }

    private static List<String> evalArguments(String base, String model, String text) {
        return List.of(
                "eval",
                "--base",
                base,
                "--model",
                model,
                "--text",
                text,
                "--ctx",
                CTX,
                "--chunks",
                CHUNKS,
                "--threads",
                THREADS,
                "--reference",
                "--json",
                "--quiet",
                "--out",
                "/out/eval");
    }

    /// The tool does not wait for the thread that writes its log, so it is asked again when lines are missing.
    private static String upstream(String model) throws Exception {
        Pattern last = Pattern.compile("Final estimate: PPL = ([0-9.]+) ");
        for (int i = 0; i < UPSTREAM_RETRIES; i++) {
            Container.ExecResult result = container.execInContainer(
                    UPSTREAM, "-m", model, "-f", "/models/text.txt", "-c", CTX, "--chunks", CHUNKS, "-t", THREADS);
            assertThat(result.getExitCode()).as(result.getStderr()).isZero();
            Matcher matcher = last.matcher(result.getStdout() + result.getStderr());
            if (matcher.find()) {
                return matcher.group(1);
            }
        }
        throw new AssertionError("upstream's llama-perplexity printed no result in " + UPSTREAM_RETRIES + " tries");
    }

    private static String succeed(String command, List<String> arguments) throws Exception {
        List<String> line = new ArrayList<>(List.of(command));
        line.addAll(arguments);
        Container.ExecResult result = container.execInContainer(line.toArray(String[]::new));
        assertThat(result.getExitCode()).as(result.getStderr()).isZero();
        return result.getStdout();
    }

    private static JsonNode tree(String json) throws IOException {
        return new ObjectMapper().readTree(json);
    }
}

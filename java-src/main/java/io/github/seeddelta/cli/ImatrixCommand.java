package io.github.seeddelta.cli;

import io.github.seeddelta.build.collect.Collection;
import io.github.seeddelta.cli.frame.CliException;
import io.github.seeddelta.cli.frame.ExitCode;
import io.github.seeddelta.cli.frame.Progress;
import io.github.seeddelta.cli.frame.Session;
import io.github.seeddelta.nat.ChunkParams;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "imatrix",
        description = "Measure on a text which inputs of every weight matter, for build --imatrix.",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "The file is the one that llama-imatrix writes for the same model and text. With --moments the",
            "same pass also collects what inputs have to do with each other, and real activations.",
            "",
            "Example:",
            "  seeddelta imatrix model.gguf --text calibration.txt -o imatrix.gguf --chunks 100"
        })
final class ImatrixCommand implements Callable<Integer> {
    private static final int SAMPLES = 64;

    private final Session session;

    @Mixin
    CommonOptions common;

    @Mixin
    JsonOption json;

    @Parameters(paramLabel = "MODEL", description = "The GGUF file to measure, before anything of it is replaced.")
    Path model;

    @Option(names = "--text", required = true, paramLabel = "T", description = "UTF-8 text that the model reads.")
    Path text;

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "I.gguf",
            description = "The file to write.")
    Path output;

    @Option(names = "--moments", paramLabel = "M.gguf", description = "Also write second moments and samples.")
    Optional<Path> moments = Optional.empty();

    @Option(
            names = "--samples",
            paramLabel = "N",
            description = "Real activations kept per input in the moments file. Default: 64.")
    Optional<Integer> samples = Optional.empty();

    @Option(names = "--chunks", paramLabel = "N", description = "Most chunks to read. Default: the whole text.")
    int chunks = ChunkParams.ALL_CHUNKS;

    @Option(names = "--ctx", paramLabel = "N", description = "Tokens of a chunk. Default: 512.")
    int ctx = 512;

    @Option(names = "--seed", paramLabel = "N", description = "Seed of the samples. Default: 1.")
    long seed = 1;

    @Option(names = "--threads", paramLabel = "N", description = "Worker threads. Default: all processors.")
    int threads = Runtime.getRuntime().availableProcessors();

    ImatrixCommand(Session session) {
        this.session = session;
    }

    /// The JSON form of the result.
    private record Json(
            String imatrix,
            Optional<String> moments,
            int ctx,
            int chunks,
            int entries,
            List<String> partial,
            List<String> unseen) {}

    @Override
    public Integer call() throws IOException {
        Checks.readable(model);
        Checks.readable(text);
        Checks.atLeast("--chunks", chunks, 1);
        Checks.atLeast("--ctx", ctx, 8);
        Checks.atLeast("--threads", threads, 1);
        samples.ifPresent(n -> Checks.atLeast("--samples", n, 0));
        if (samples.isPresent() && moments.isEmpty()) {
            throw new CliException.Usage(
                    "--samples: samples are stored in the moments file; give --moments M.gguf too");
        }
        for (Path file : moments.map(m -> List.of(output, m)).orElse(List.of(output))) {
            Checks.notTheSameFile(model, file);
            Checks.notTheSameFile(text, file);
            Checks.folderOf(file);
        }
        if (moments.isPresent()
                && moments.get()
                        .toAbsolutePath()
                        .normalize()
                        .equals(output.toAbsolutePath().normalize())) {
            throw new CliException.Usage("--moments " + output + ": is the imatrix file; write to another file");
        }
        Collection.Result result;
        try (Progress progress = session.progress(common.verbosity(), "imatrix")) {
            result = new Collection(model, text, output, moments, ctx, chunks, samples.orElse(SAMPLES), seed, threads)
                    .run((done, total) -> progress.update(done, total, "chunks"));
        }
        print(result);
        return ExitCode.OK;
    }

    private void print(Collection.Result result) {
        if (json.json) {
            session.printJson(new Json(
                    output.toString(),
                    moments.map(Path::toString),
                    ctx,
                    result.chunks(),
                    result.entries(),
                    result.partial(),
                    result.unseen()));
            return;
        }
        session.print(String.format(
                Locale.ROOT, "%s: %d weights, %d chunks of %d tokens", output, result.entries(), result.chunks(), ctx));
        moments.ifPresent(file -> session.print(file + ": second moments and samples"));
        note(result.partial(), "some experts saw no token; their inputs count the same");
        note(result.unseen(), "were never evaluated and have no moments");
    }

    private void note(List<String> weights, String what) {
        if (!weights.isEmpty()) {
            session.say(
                    common.verbosity(),
                    "note: " + weights.getFirst() + (weights.size() > 1 ? " and " + (weights.size() - 1) + " more" : "")
                            + ": " + what);
        }
    }
}

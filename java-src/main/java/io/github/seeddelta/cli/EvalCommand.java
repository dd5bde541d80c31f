package io.github.seeddelta.cli;

import io.github.seeddelta.cli.frame.CliException;
import io.github.seeddelta.cli.frame.ExitCode;
import io.github.seeddelta.cli.frame.Progress;
import io.github.seeddelta.cli.frame.Session;
import io.github.seeddelta.eval.AtomicText;
import io.github.seeddelta.eval.greedy.GreedyPack;
import io.github.seeddelta.eval.page.EvalPage;
import io.github.seeddelta.eval.result.EvalJson;
import io.github.seeddelta.eval.result.EvalResult;
import io.github.seeddelta.eval.result.EvalTable;
import io.github.seeddelta.eval.run.EvalListener;
import io.github.seeddelta.eval.run.EvalRequest;
import io.github.seeddelta.eval.run.Evaluation;
import io.github.seeddelta.report.Report;
import io.github.seeddelta.report.ReportHtml;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "eval",
        description = "Compare a model with its base on one text: perplexity, paired difference and more.",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Writes eval.json and eval.html into DIR. An interrupted evaluation goes on where it was when the same",
            "command is given again. Both files can be any GGUF, SeedΔ or not.",
            "",
            "Exit code 4 when the greedy pack fails or upstream prints other digits.",
            "",
            "Example:",
            "  seeddelta eval --base model.gguf --model small.gguf --text wiki.test.raw --chunks 8 --kld --out result"
        })
final class EvalCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    CommonOptions common;

    @Mixin
    JsonOption json;

    @Option(names = "--base", required = true, paramLabel = "A", description = "The GGUF file to compare with.")
    Path base;

    @Option(names = "--model", required = true, paramLabel = "B", description = "The GGUF file to judge.")
    Path model;

    @Option(names = "--text", required = true, paramLabel = "T", description = "The text to score, UTF-8.")
    Path text;

    @Option(names = "--ctx", paramLabel = "N,N", split = ",", description = "Tokens per chunk. Default: 512.")
    List<Integer> ctx = List.of(512);

    @Option(names = "--chunks", paramLabel = "N", description = "Most chunks to score. Default: the whole text.")
    int chunks = Integer.MAX_VALUE;

    @Option(names = "--threads", paramLabel = "N", description = "Worker threads. Default: all processors.")
    int threads = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--kld",
            description = "Hold the two distributions against each other at every token. Both models are in memory.")
    boolean kld;

    @Option(
            names = "--base-logits",
            paramLabel = "DIR",
            description = "With --kld: keep the base's logits in DIR and use them for every later model, so that the"
                    + " base is decoded once. 4 bytes for each vocabulary entry and scored token: 50 MB a chunk"
                    + " at ctx 512 and 49,152 entries.")
    Optional<Path> baseLogits = Optional.empty();

    @Option(
            names = "--greedy-pack",
            arity = "0..1",
            paramLabel = "F",
            fallbackValue = "",
            description = "Let both answer the prompts of F, or of the pack that ships, and check the answers.")
    @Nullable
    String greedyPack;

    @Option(names = "--memory", description = "Measure resident memory at ctx 64, 128 and 512.")
    boolean memory;

    @Option(names = "--speed", description = "Measure tokens per second of both, in turn.")
    boolean speed;

    @Mixin
    RuntimeFlags runtime;

    @Option(names = "--reference", description = "Run upstream's llama-perplexity too and compare the printed digits.")
    boolean reference;

    @Option(
            names = "--report",
            paramLabel = "R.json",
            description = "Show what the build of the model decided, layer by layer, on the page.")
    Optional<Path> report = Optional.empty();

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder for the results.")
    Path out;

    EvalCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException {
        Checks.atLeast("--chunks", chunks, 1);
        Checks.atLeast("--threads", threads, 1);
        for (Path file : List.of(base, model, text)) {
            Checks.readable(file);
        }
        if (baseLogits.isPresent() && !kld) {
            throw new CliException.Usage("--base-logits serves --kld, which was not given; give both or neither");
        }
        Optional<Report> build = report.isPresent() ? Optional.of(ReportFile.read(report.get())) : Optional.empty();
        runtime.note(session, common, base);
        runtime.note(session, common, model);
        Optional<Path> tools =
                reference ? Optional.of(session.host().home().resolve("build/reference/bin")) : Optional.empty();
        EvalRequest.Extras extras = new EvalRequest.Extras(kld, baseLogits, pack(), memory, speed, tools);
        EvalResult result;
        try (Watch watch = new Watch()) {
            result = Evaluation.run(
                    new EvalRequest(base, model, text, ctx, chunks, threads, runtime.options(), out, extras), watch);
        }
        Files.createDirectories(out);
        AtomicText.write(out.resolve("eval.json"), EvalJson.write(result));
        AtomicText.write(out.resolve("eval.html"), EvalPage.render(result, build.map(b -> layers(b, result))));
        session.print(
                json.json
                        ? EvalJson.write(result).strip()
                        : EvalTable.render(result).stripTrailing());
        session.say(common.verbosity(), "results: " + out.resolve("eval.json") + ", page: " + out.resolve("eval.html"));
        if (result.reference().map(r -> !r.equal()).orElse(false)) {
            throw new CliException.CheckFailed("the digits differ from upstream's llama-perplexity: "
                    + result.reference().get());
        }
        return result.isFailed() ? ExitCode.CHECK_FAILED : ExitCode.OK;
    }

    private String layers(Report build, EvalResult result) {
        if (!build.build().inputSha256().equals(result.base().sha256())) {
            session.say(
                    common.verbosity(),
                    "note: " + report.orElseThrow() + " is of a build of "
                            + build.build().inputFile() + ", not of " + base);
        }
        return ReportHtml.map(build.tensors());
    }

    private Optional<GreedyPack> pack() {
        if (greedyPack == null) {
            return Optional.empty();
        }
        if (greedyPack.isEmpty()) {
            return Optional.of(GreedyPack.builtIn());
        }
        Path file = Path.of(greedyPack);
        Checks.readable(file);
        return Optional.of(GreedyPack.load(file));
    }

    private final class Watch implements EvalListener, AutoCloseable {
        private Progress progress = session.progress(common.verbosity(), "eval");

        @Override
        public void phase(String what) {
            progress.close();
            progress = session.progress(common.verbosity(), "eval " + what);
        }

        @Override
        public void step(int done, int total, String unit) {
            progress.update(done, total, unit);
        }

        @Override
        public void close() {
            progress.close();
        }
    }
}

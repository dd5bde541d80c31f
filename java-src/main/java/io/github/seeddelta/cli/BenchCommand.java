package io.github.seeddelta.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.seeddelta.cli.frame.ExitCode;
import io.github.seeddelta.cli.frame.Progress;
import io.github.seeddelta.cli.frame.Session;
import io.github.seeddelta.eval.result.DecodeTable;
import io.github.seeddelta.eval.result.KernelTable;
import io.github.seeddelta.eval.result.Speed;
import io.github.seeddelta.eval.run.EvalListener;
import io.github.seeddelta.eval.run.SpeedRequest;
import io.github.seeddelta.eval.run.SpeedRuns;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "bench",
        description = "Measure speed as ratios in one run: kernels (when no command is named) or whole models.",
        synopsisSubcommandLabel = "[COMMAND]",
        optionListHeading = "%nOptions:%n",
        commandListHeading = "%nCommands:%n",
        subcommands = {BenchCommand.Kernels.class, BenchCommand.Decode.class},
        footer = {"", "Example:", "  seeddelta bench --json"})
final class BenchCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    CommonOptions common;

    @Mixin
    RowsOption output;

    BenchCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException {
        return kernels(session, common, output, new BenchOptions());
    }

    /// For commands whose result is a list.
    static final class RowsOption {
        @Option(names = "--json", description = "Print one JSON array on standard output and nothing else there.")
        boolean json;
    }

    private static int kernels(Session session, CommonOptions common, RowsOption output, BenchOptions options)
            throws IOException {
        KernelBench bench = new KernelBench(session.child());
        List<JsonNode> rows;
        try (Progress progress = session.progress(common.verbosity(), "bench")) {
            rows = bench.run(options.arguments(), progress);
        }
        if (output.json) {
            session.printJson(rows);
        } else {
            session.print(KernelTable.render(rows).stripTrailing());
        }
        return ExitCode.OK;
    }

    @Command(
            name = "kernels",
            description = "Every base, scheme and value type with every instruction set against ggml's dense types.",
            optionListHeading = "%nOptions:%n",
            footer = {
                "",
                "A ratio compares the same shape in the same rounds. A run with one token reads more bytes than",
                "the last cache holds; share is how much of the measured memory bandwidth the kernel uses.",
                "",
                "Example:",
                "  seeddelta bench kernels --tokens 1 --threads 2"
            })
    static final class Kernels implements Callable<Integer> {
        private final Session session;

        @Mixin
        CommonOptions common;

        @Mixin
        RowsOption output;

        @Mixin
        BenchOptions options;

        Kernels(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() throws IOException {
            options.check();
            return kernels(session, common, output, options);
        }
    }

    @Command(
            name = "decode",
            description = "Prompt and generation speed of two models in turn.",
            optionListHeading = "%nOptions:%n",
            footer = {
                "",
                "Figures are medians with the least and the greatest value; ratios are formed round by round.",
                "",
                "Example:",
                "  seeddelta bench decode model.gguf out.gguf --threads 2"
            })
    static final class Decode implements Callable<Integer> {
        private final Session session;

        @Mixin
        CommonOptions common;

        @Mixin
        RowsOption output;

        @Mixin
        RuntimeFlags runtime;

        @Parameters(index = "0", paramLabel = "BASE", description = "The model to compare with.")
        Path base = Path.of("");

        @Parameters(index = "1", paramLabel = "MODEL", description = "Usually a SeedΔ file made from it.")
        Path model = Path.of("");

        @Option(names = "--prompt", paramLabel = "N", description = "Tokens of the prompt. Default: ${DEFAULT-VALUE}.")
        int prompt = 512;

        @Option(names = "--tokens", paramLabel = "N", description = "Tokens to decode. Default: ${DEFAULT-VALUE}.")
        int tokens = 64;

        @Option(names = "--rounds", paramLabel = "N", description = "Timed rounds. Default: ${DEFAULT-VALUE}.")
        int rounds = 5;

        @Option(names = "--threads", paramLabel = "N", description = "Worker threads. Default: all processors.")
        int threads = Runtime.getRuntime().availableProcessors();

        Decode(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            Checks.readable(base);
            Checks.readable(model);
            Checks.atLeast("--prompt", prompt, 1);
            Checks.atLeast("--tokens", tokens, 1);
            Checks.atLeast("--rounds", rounds, 1);
            Checks.atLeast("--threads", threads, 1);
            Speed speed;
            try (Progress progress = session.progress(common.verbosity(), "bench")) {
                speed = SpeedRuns.run(
                        new SpeedRequest(base, model, rounds, prompt, tokens, threads, runtime.options()),
                        new EvalListener() {
                            @Override
                            public void phase(String what) {}

                            @Override
                            public void step(int done, int total, String unit) {
                                progress.update(done, total, unit);
                            }
                        });
            }
            List<DecodeTable.Row> rows = DecodeTable.rows(
                    speed, base.getFileName().toString(), model.getFileName().toString(), prompt, tokens);
            if (output.json) {
                session.printJson(rows);
            } else {
                session.print(DecodeTable.render(rows).stripTrailing());
            }
            return ExitCode.OK;
        }
    }
}

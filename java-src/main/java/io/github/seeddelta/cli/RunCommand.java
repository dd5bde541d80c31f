package io.github.seeddelta.cli;

import io.github.seeddelta.cli.frame.CliException;
import io.github.seeddelta.cli.frame.ExitCode;
import io.github.seeddelta.cli.frame.Session;
import io.github.seeddelta.eval.run.Generation;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "run",
        description = "Continue a prompt; text comes as it is generated.",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  seeddelta run small.gguf -p Hello -n 32"})
final class RunCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    CommonOptions common;

    @Parameters(paramLabel = "MODEL", description = "A GGUF file, SeedΔ or not.")
    Path model;

    @Option(
            names = {"-p", "--prompt"},
            required = true,
            paramLabel = "PROMPT",
            description = "The text to continue.")
    String prompt = "";

    @Option(
            names = {"-n", "--tokens"},
            paramLabel = "N",
            description = "Most tokens to generate. Default: 128.")
    int tokens = 128;

    @Option(
            names = "--temp",
            paramLabel = "T",
            description = "Sampling temperature; 0 takes the likeliest. Default: 0.")
    double temperature;

    @Option(names = "--seed", paramLabel = "N", description = "Seed of the sampling. Default: 1.")
    long seed = 1;

    @Option(names = "--chat", description = "Put the prompt into the model's chat template.")
    boolean chat;

    @Option(names = "--threads", paramLabel = "N", description = "Worker threads. Default: all processors.")
    int threads = Runtime.getRuntime().availableProcessors();

    @Mixin
    RuntimeFlags runtime;

    RunCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Checks.readable(model);
        Checks.atLeast("--tokens", tokens, 1);
        Checks.atLeast("--threads", threads, 1);
        if (!(temperature >= 0 && temperature <= 100)) {
            throw new CliException.Usage("--temp " + temperature + ": must be from 0 to 100");
        }
        runtime.note(session, common, model);
        Generation.Ending ending = new Generation(
                        model,
                        tokens,
                        temperature,
                        seed,
                        chat ? Generation.Chat.TEMPLATE : Generation.Chat.PLAIN,
                        threads,
                        runtime.options())
                .stream(prompt, text -> {
                    session.out().print(text);
                    session.out().flush();
                });
        session.out().println();
        session.say(
                common.verbosity(),
                String.format(Locale.ROOT, "%d tokens, %.1f tokens/s", ending.tokens(), ending.tokensPerSecond()));
        return ExitCode.OK;
    }
}

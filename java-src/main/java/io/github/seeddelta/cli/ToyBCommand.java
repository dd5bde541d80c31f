package io.github.seeddelta.cli;

import io.github.seeddelta.cli.frame.CliException;
import io.github.seeddelta.cli.frame.ExitCode;
import io.github.seeddelta.cli.frame.Interrupts;
import io.github.seeddelta.cli.frame.Progress;
import io.github.seeddelta.cli.frame.Session;
import io.github.seeddelta.eval.AtomicText;
import io.github.seeddelta.toy.ToyB;
import io.github.seeddelta.toy.b.Study;
import io.github.seeddelta.toy.b.StudyPage;
import io.github.seeddelta.toy.b.StudyResult;
import io.github.seeddelta.toy.b.StudyTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "b",
        description = "Where the embedded model breaks: one layer, several, all, and what the gate prevents.",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "B1 the dense model, B2 every weight and every layer alone, B3 two to four layers, B4 layer after layer",
            "until all are replaced, B5 the same set under the gate. Counts exact answers to held-out items, beside",
            "perplexity and divergence. Writes toy-b.json and toy-b.html into DIR. An interrupted study goes on where",
            "it was when the same command is given again.",
            "",
            "Exit code 4 when the gate does not prevent the collapse that force brings.",
            "",
            "Example:",
            "  seeddelta toy b --out toy-b"
        })
final class ToyBCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    CommonOptions common;

    @Mixin
    JsonOption json;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder for the results.")
    Path out;

    @Option(
            names = "--policy",
            paramLabel = "P.json",
            description = "How weights are replaced and what the gate of B5 demands. Default: one that ships.")
    Optional<Path> policy = Optional.empty();

    @Option(names = "--threads", paramLabel = "N", description = "Worker threads. Default: all processors.")
    int threads = Runtime.getRuntime().availableProcessors();

    ToyBCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException {
        Checks.atLeast("--threads", threads, 1);
        policy.ifPresent(Checks::readable);
        byte[] rules = policy.isPresent() ? Files.readAllBytes(policy.get()) : ToyB.policy();
        String name = policy.map(file -> String.valueOf(file.getFileName())).orElse("toy-b-policy.json");
        StudyResult result;
        try (Watch watch = new Watch()) {
            result = Study.run(out, rules, name, threads, watch);
        }
        AtomicText.write(out.resolve("toy-b.json"), result.json());
        AtomicText.write(out.resolve("toy-b.html"), StudyPage.render(result));
        session.print(
                json.json ? result.json().strip() : StudyTable.render(result).stripTrailing());
        session.say(
                common.verbosity(), "results: " + out.resolve("toy-b.json") + ", page: " + out.resolve("toy-b.html"));
        if (!result.gatePreventsCollapse()) {
            throw new CliException.CheckFailed(
                    "the gate does not prevent a collapse here: see B4 and B5 in " + out.resolve("toy-b.html"));
        }
        return ExitCode.OK;
    }

    private final class Watch implements Study.Listener, AutoCloseable {
        private final Progress progress = session.progress(common.verbosity(), "toy b");
        private final List<Interrupts.Guarded<Runnable>> cancellations = new ArrayList<>();

        @Override
        public void stages(int done, int total, String what) {
            progress.update(done, total, what);
        }

        @Override
        public synchronized void running(Runnable cancel) throws IOException {
            cancellations.add(session.interrupts().guard(() -> cancel, Runnable::run));
        }

        @Override
        public void close() {
            cancellations.forEach(Interrupts.Guarded::close);
            progress.close();
        }
    }
}

package io.github.seeddelta.cli;

import io.github.seeddelta.cli.frame.ExitCode;
import io.github.seeddelta.cli.frame.Progress;
import io.github.seeddelta.cli.frame.Session;
import io.github.seeddelta.eval.run.Generation;
import io.github.seeddelta.toy.ToyB;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The main job from end to end on the embedded model, with the same commands that a user types.
@Command(
        name = "demo",
        description = "Build, evaluate and run the embedded model; ends with a page to open.",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  seeddelta demo --out demo"})
final class DemoCommand implements Callable<Integer> {
    private static final int ITEMS_PER_TASK = 40;
    private static final int MAX_TOKENS = 24;
    /// A token of so small a model is too little work to share.
    private static final int ONE_THREAD = 1;

    private static final String CTX = "256";
    private static final String CHUNKS = "40";
    private static final String CALIBRATION_CHUNKS = "80";

    private final Session session;

    @Mixin
    CommonOptions common;

    @Option(names = "--out", paramLabel = "DIR", description = "Folder for the results. Default: seeddelta-demo.")
    Path out = Path.of("seeddelta-demo");

    @Option(names = "--threads", paramLabel = "N", description = "Worker threads. Default: all processors.")
    int threads = Runtime.getRuntime().availableProcessors();

    DemoCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException {
        Checks.atLeast("--threads", threads, 1);
        Files.createDirectories(out);
        Path base = out.resolve("base.gguf");
        Path text = out.resolve("text.txt");
        Path calibration = out.resolve("calibration.txt");
        Path policy = out.resolve("policy.json");
        Path model = out.resolve("model.gguf");
        ToyB.writeModel(base);
        ToyB.writeText(text);
        ToyB.writeCalibration(calibration);
        Files.write(policy, ToyB.demoPolicy());

        List<Step> steps = List.of(
                new Step(
                        "plan: what the policy would replace, and how large that is", "plan", base, "--policy", policy),
                new Step(
                        "imatrix: what the weights read, on a text of its own",
                        "imatrix",
                        base,
                        "--text",
                        calibration,
                        "--ctx",
                        CTX,
                        "--chunks",
                        CALIBRATION_CHUNKS,
                        "-o",
                        out.resolve("imatrix.gguf"),
                        "--moments",
                        out.resolve("moments.gguf"),
                        "--threads",
                        threads),
                new Step(
                        "build: replace what survives the gate",
                        "build",
                        base,
                        "-o",
                        model,
                        "--policy",
                        policy,
                        "--imatrix",
                        out.resolve("imatrix.gguf"),
                        "--moments",
                        out.resolve("moments.gguf"),
                        "--report",
                        out.resolve("report.json"),
                        "--threads",
                        threads),
                new Step(
                        "eval: what it cost",
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
                        "--kld",
                        "--threads",
                        threads,
                        "--report",
                        out.resolve("report.json"),
                        "--out",
                        out));
        int number = 0;
        for (Step step : steps) {
            title(++number, step.title());
            int code = seeddelta(step.command());
            if (code != ExitCode.OK) {
                return code;
            }
        }
        title(++number, "run: the tasks the model was trained for, held-out items, exact answers");
        printTasks(base, model);
        session.print("");
        session.print("Open " + out.resolve("eval.html"));
        return ExitCode.OK;
    }

    /// A command of this program, as the user would type it.
    private record Step(String title, List<String> command) {
        Step(String title, Object... command) {
            this(title, Stream.of(command).map(String::valueOf).toList());
        }
    }

    private void printTasks(Path base, Path model) {
        List<ToyB.Item> items = ToyB.items(ITEMS_PER_TASK);
        List<String> before = answers(base, items);
        List<String> after = answers(model, items);
        Map<String, ToyB.Score> scoresBefore = ToyB.score(items, before);
        Map<String, ToyB.Score> scoresAfter = ToyB.score(items, after);
        session.print(String.format(Locale.ROOT, "%-10s %12s %12s", "task", "base", "model"));
        scoresBefore.forEach((task, score) -> session.print(String.format(
                Locale.ROOT,
                "%-10s %12s %12s",
                task,
                words(score),
                words(scoresAfter.getOrDefault(task, new ToyB.Score(0, 0))))));
        for (int i = 0; i < items.size(); i += ITEMS_PER_TASK) {
            session.print(String.format(
                    Locale.ROOT, "  %s  base: %s  model: %s", items.get(i).prompt(), before.get(i), after.get(i)));
        }
    }

    private List<String> answers(Path file, List<ToyB.Item> items) {
        try (Progress progress = session.progress(common.verbosity(), "answers of " + file.getFileName())) {
            return new Generation(file, MAX_TOKENS, 0, 1, false, ONE_THREAD)
                    .answers(
                            items.stream().map(ToyB.Item::prompt).toList(),
                            done -> progress.update(done, items.size(), "items"));
        }
    }

    private static String words(ToyB.Score score) {
        return score.right() + "/" + score.asked();
    }

    private void title(int number, String text) {
        session.print("");
        session.print("== " + number + ". " + text);
    }

    private int seeddelta(List<String> command) {
        session.print("$ seeddelta " + String.join(" ", command));
        return SeedDelta.commandLine(session).execute(command.toArray(String[]::new));
    }
}

package io.github.seeddelta.cli;

import io.github.seeddelta.cli.frame.ExitCode;
import io.github.seeddelta.cli.frame.Session;
import io.github.seeddelta.eval.AtomicText;
import io.github.seeddelta.eval.page.ComparePage;
import io.github.seeddelta.eval.result.CompareTable;
import io.github.seeddelta.eval.result.Comparison;
import io.github.seeddelta.eval.result.EvalJsonReader;
import io.github.seeddelta.eval.result.EvalResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "compare",
        description = "Put evaluations of one base side by side, best first.",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Ranked by mean KLD where every file has one, else by the paired PPL change. Files with another base, text,",
            "ctx or number of chunks than the first stand last and say why.",
            "",
            "Example:",
            "  seeddelta compare a/eval.json b/eval.json --html compare.html"
        })
final class CompareCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    CommonOptions common;

    @Parameters(arity = "1..*", paramLabel = "EVAL.json", description = "Results of 'seeddelta eval'.")
    List<Path> files = List.of();

    @Option(names = "--html", paramLabel = "PAGE.html", description = "Write the comparison as a page too.")
    Optional<Path> html = Optional.empty();

    CompareCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException {
        for (Path file : files) {
            Checks.readable(file);
        }
        if (html.isPresent()) {
            Checks.folderOf(html.get());
        }
        List<Comparison.Entry> entries = new ArrayList<>();
        for (Path file : files) {
            EvalResult result = EvalJsonReader.read(file);
            entries.add(new Comparison.Entry(result.model().fileName(), result));
        }
        Comparison comparison = Comparison.of(entries);
        if (html.isPresent()) {
            AtomicText.write(html.get(), ComparePage.render(comparison));
        }
        session.print(CompareTable.render(comparison).stripTrailing());
        if (html.isPresent()) {
            session.say(common.verbosity(), "page: " + html.get());
        }
        return ExitCode.OK;
    }
}

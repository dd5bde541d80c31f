package io.github.seeddelta.cli;

import io.github.seeddelta.cli.frame.ExitCode;
import io.github.seeddelta.cli.frame.Session;
import io.github.seeddelta.eval.AtomicText;
import io.github.seeddelta.report.Report;
import io.github.seeddelta.report.ReportHtml;
import io.github.seeddelta.report.ReportTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "report",
        description = "Show what a build decided: the table again, or a page with a heat map of every tensor.",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  seeddelta report report.json --html report.html"})
final class ReportCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    CommonOptions common;

    @Parameters(paramLabel = "R.json", description = "What 'build --report' wrote.")
    Path file;

    @Option(names = "--html", paramLabel = "OUT.html", description = "Write one self-contained page.")
    Optional<Path> html = Optional.empty();

    ReportCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException {
        html.ifPresent(Checks::folderOf);
        Report report = ReportFile.read(file);
        session.print(ReportTable.text(report).stripTrailing());
        if (html.isPresent()) {
            Checks.notTheSameFile(file, html.get());
            AtomicText.write(html.get(), ReportHtml.page(report));
            session.say(common.verbosity(), "page: " + html.get());
        }
        return ExitCode.OK;
    }
}

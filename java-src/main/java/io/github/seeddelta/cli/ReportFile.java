package io.github.seeddelta.cli;

import io.github.seeddelta.cli.frame.CliException;
import io.github.seeddelta.report.Report;
import io.github.seeddelta.report.ReportJson;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Reads a build report from a file; every refusal names the file.
final class ReportFile {
    private ReportFile() {}

    static Report read(Path file) throws IOException {
        Checks.readable(file);
        try {
            return ReportJson.read(Files.readString(file));
        } catch (ReportJson.ReportFormatException e) {
            throw new CliException.BadInput(file + ": " + e.getMessage());
        } catch (CharacterCodingException e) {
            throw new CliException.BadInput(file + ": not a report: it is not UTF-8 text");
        }
    }
}

package io.github.seeddelta.cli;

import io.github.seeddelta.cli.doctor.Diagnosis;
import io.github.seeddelta.cli.doctor.Doctor;
import io.github.seeddelta.cli.frame.ExitCode;
import io.github.seeddelta.cli.frame.Session;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "doctor",
        description = "Check this machine and say what to do about each problem.",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Exit code 4 when something needed is missing.", "", "Example:", "  seeddelta doctor --json"})
final class DoctorCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    CommonOptions common;

    @Mixin
    JsonOption output;

    DoctorCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Diagnosis diagnosis = new Doctor(session.host(), session.child()).examine();
        if (output.json) {
            session.printJson(diagnosis);
        } else {
            diagnosis.checks().forEach(this::print);
        }
        return diagnosis.ok() ? ExitCode.OK : ExitCode.CHECK_FAILED;
    }

    private void print(Diagnosis.Check check) {
        session.print(String.format(Locale.ROOT, "%-8s %-9s %s", check.status().word(), check.name(), check.detail()));
        if (!check.remedy().isEmpty()) {
            session.print(" ".repeat(19) + "-> " + check.remedy());
        }
    }
}

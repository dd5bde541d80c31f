package io.github.seeddelta.cli;

import java.util.List;

/// Every command, in the order in which help shows them. A new one is a class with a row here.
final class Commands {
    static final List<Class<?>> ALL = List.of(
            DemoCommand.class,
            DoctorCommand.class,
            NativeCommand.class,
            ModelCommand.class,
            InspectCommand.class,
            ImatrixCommand.class,
            PlanCommand.class,
            BuildCommand.class,
            VerifyCommand.class,
            ReportCommand.class,
            PolicyCommand.class,
            ScanCommand.class,
            EvalCommand.class,
            CompareCommand.class,
            BenchCommand.class,
            RestoreCommand.class,
            RunCommand.class,
            ToyCommand.class);

    private Commands() {}
}

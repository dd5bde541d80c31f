package io.github.seeddelta.cli;

import io.github.seeddelta.cli.frame.ExitCode;
import io.github.seeddelta.cli.frame.Session;
import io.github.seeddelta.cli.model.Catalogue;
import io.github.seeddelta.cli.model.CatalogueEntry;
import io.github.seeddelta.cli.model.ModelStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "model",
        description = "Small real models by name.",
        synopsisSubcommandLabel = "COMMAND",
        optionListHeading = "%nOptions:%n",
        commandListHeading = "%nCommands:%n",
        subcommands = {ModelCommand.ListAll.class, ModelCommand.Get.class},
        footer = {"", "Example:", "  seeddelta model get smollm2-135m"})
final class ModelCommand {
    @Mixin
    CommonOptions common;

    @Command(
            name = "list",
            description = "Show the models that can be fetched.",
            optionListHeading = "%nOptions:%n",
            footer = {"", "Example:", "  seeddelta model list --json"})
    static final class ListAll implements Callable<Integer> {
        private final Session session;

        @Mixin
        CommonOptions common;

        @Mixin
        JsonOption output;

        ListAll(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            Catalogue catalogue = Catalogue.load();
            if (output.json) {
                session.printJson(catalogue);
            } else {
                catalogue.models().forEach(this::print);
            }
            return ExitCode.OK;
        }

        private void print(CatalogueEntry model) {
            session.print(String.format(
                    Locale.ROOT,
                    "%-16s %-8s %-6s %7.1f MiB  %-12s %s %s %s",
                    model.name(),
                    model.architecture(),
                    model.quantisation(),
                    model.sizeBytes() / 1048576.0,
                    model.licence(),
                    model.registry(),
                    model.pkg(),
                    model.version()));
        }
    }

    @Command(
            name = "get",
            description = "Fetch a model, check its digest, and print where it is.",
            optionListHeading = "%nOptions:%n",
            footer = {
                "",
                "The last line of standard output is the path of the GGUF file.",
                "",
                "Example:",
                "  seeddelta model get smollm2-135m --dir models"
            })
    static final class Get implements Callable<Integer> {
        private final Session session;

        @Mixin
        CommonOptions common;

        @Parameters(paramLabel = "NAME", description = "A name from 'seeddelta model list'.")
        String name;

        @Option(
                names = "--dir",
                paramLabel = "D",
                description = "Folder for the file. Default: models in the cache folder.")
        Optional<Path> dir;

        Get(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() throws IOException {
            CatalogueEntry model = Catalogue.load().find(name);
            Path folder = dir.orElseGet(() -> session.host().cache().resolve("models"));
            Path file = new ModelStore(session, common.verbosity(), folder).get(model);
            session.print(file.toString());
            return ExitCode.OK;
        }
    }
}

package io.github.seeddelta.cli.frame;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.io.PrintStream;

/// One call of the program: where it runs, where results and messages go.
public record Session(Host host, PrintStream out, PrintStream err, Interrupts interrupts) {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .addModule(new Jdk8Module())
            .build();

    /// A result, on standard output.
    public void print(String line) {
        out.println(line);
    }

    /// The result as the one JSON object on standard output; record components become snake_case names.
    public void printJson(Object result) {
        try {
            out.println(JSON.writeValueAsString(result));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /// A message for a person, on standard error; `--quiet` drops it.
    public void say(Verbosity verbosity, String line) {
        if (!verbosity.quiet()) {
            err.println(line);
        }
    }

    public Progress progress(Verbosity verbosity, String title) {
        Progress.Style style = verbosity.quiet()
                ? Progress.Style.SILENT
                : host.terminal() ? Progress.Style.TERMINAL : Progress.Style.PLAIN;
        return new Progress(err, style, title);
    }

    public Child child() {
        return new Child(interrupts, host.variables());
    }
}

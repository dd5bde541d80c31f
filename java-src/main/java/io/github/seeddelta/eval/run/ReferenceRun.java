package io.github.seeddelta.eval.run;

import io.github.seeddelta.eval.EvalException;
import io.github.seeddelta.eval.result.Reference;
import io.github.seeddelta.eval.stats.Bucket;
import io.github.seeddelta.eval.stats.Printed;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Runs upstream's own `llama-perplexity` on the same files and holds its printed digits against ours.
final class ReferenceRun {
    private static final Pattern FINAL = Pattern.compile("Final estimate: PPL = ([0-9.]+|nan|inf) ");
    private static final int DECIMALS = 4;
    /// The tool does not wait for the thread that writes its log, so its last line is missing now and then.
    private static final int ATTEMPTS = 5;

    private ReferenceRun() {}

    static Reference run(EvalRequest request, Bucket bucket, EvalListener listener) throws IOException {
        Path tool = request.extras().reference().orElseThrow().resolve("llama-perplexity");
        if (!Files.isExecutable(tool)) {
            throw EvalException.usage(tool + ": not built; run 'seeddelta native build --reference'");
        }
        listener.phase("reference on base");
        String base = printed(tool, request, request.base(), bucket)
                .orElseThrow(() ->
                        EvalException.badInput(request.base() + ": upstream's llama-perplexity printed no result"));
        listener.phase("reference on model");
        Optional<String> model = request.base().equals(request.model())
                ? Optional.of(base)
                : printed(tool, request, request.model(), bucket);
        return new Reference(
                base,
                model,
                Printed.fixed(bucket.basePpl().value(), DECIMALS),
                Printed.fixed(bucket.modelPpl().value(), DECIMALS));
    }

    /// Empty when upstream cannot read the file, as it cannot read one whose dense weights were stripped.
    private static Optional<String> printed(Path tool, EvalRequest request, Path model, Bucket bucket)
            throws IOException {
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            Attempt result = attempt(tool, request, model, bucket);
            if (result.exitValue != 0 || result.printed.isPresent()) {
                return result.exitValue == 0 ? result.printed : Optional.empty();
            }
        }
        return Optional.empty();
    }

    private record Attempt(int exitValue, Optional<String> printed) {}

    private static Attempt attempt(Path tool, EvalRequest request, Path model, Bucket bucket) throws IOException {
        Process process = new ProcessBuilder(List.of(
                        tool.toString(),
                        "-m",
                        model.toString(),
                        "-f",
                        request.text().toString(),
                        "-c",
                        String.valueOf(bucket.ctx()),
                        "-t",
                        String.valueOf(request.threads()),
                        "--chunks",
                        String.valueOf(bucket.chunks())))
                .redirectErrorStream(true)
                .start();
        try {
            process.getOutputStream().close();
            Optional<String> found = Optional.empty();
            try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    Matcher matcher = FINAL.matcher(line);
                    if (matcher.find()) {
                        found = Optional.of(matcher.group(1));
                    }
                }
            }
            return new Attempt(process.waitFor(), found);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EvalException(EvalException.Kind.CHECK_FAILED, "the reference run was interrupted");
        } finally {
            process.destroyForcibly();
        }
    }
}

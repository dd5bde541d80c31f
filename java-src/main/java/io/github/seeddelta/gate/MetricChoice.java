package io.github.seeddelta.gate;

import io.github.seeddelta.policy.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The metric that is used, and the warning when it is not the one that was asked for (SPEC §7).
public record MetricChoice(Metric asked, Metric used, Optional<String> warning) {
    /// What a build can measure with.
    ///
    /// @param evalX       `--eval-x` is above 0
    /// @param imatrix     an imatrix is given
    /// @param activations activations were captured
    /// @param moments     second moments are given
    public record Means(boolean evalX, boolean imatrix, boolean activations, boolean moments) {
        /// Without second moments.
        public Means(boolean evalX, boolean imatrix, boolean activations) {
            this(evalX, imatrix, activations, false);
        }

        boolean allow(Metric metric) {
            return missing(metric).isEmpty();
        }

        List<String> missing(Metric metric) {
            List<String> missing = new ArrayList<>();
            if (metric.needsEvalX() && !evalX) {
                missing.add("--eval-x above 0");
            }
            if (metric.needsImatrix() && !imatrix) {
                missing.add("an imatrix (--imatrix)");
            }
            if (metric.needsActivations() && !activations) {
                missing.add("captured activations");
            }
            if (metric.needsMoments() && !moments) {
                missing.add("second moments (--moments)");
            }
            return missing;
        }
    }

    /// A gate metric that cannot be computed, as one line that says what is missing and what to do.
    public static final class UnavailableException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnavailableException(String message) {
            super(message);
        }
    }

    /// To be asked before any work starts.
    ///
    /// @param fallback take the nearest metric that can be computed instead of failing (`--gating-fallback`)
    /// @throws UnavailableException when `asked` cannot be computed and there is no fallback
    public static MetricChoice choose(Metric asked, Means means, boolean fallback) {
        if (means.allow(asked)) {
            return new MetricChoice(asked, asked, Optional.empty());
        }
        String missing = "gating metric " + asked.jsonName() + " needs " + String.join(" and ", means.missing(asked));
        Optional<Metric> other =
                substitutes(asked).stream().filter(means::allow).findFirst();
        if (!fallback) {
            String offer = other.map(m -> ", or --gating-fallback to judge by " + m.jsonName())
                    .orElse("");
            throw new UnavailableException(missing + "; give it" + offer);
        }
        if (other.isEmpty()) {
            throw new UnavailableException(missing + "; no other metric can be computed either, so give it");
        }
        String warning = missing + "; judged by " + other.get().jsonName() + " instead";
        return new MetricChoice(asked, other.get(), Optional.of(warning));
    }

    /// In order of trust: functional metrics before those of the weights alone ([K] §3).
    private static List<Metric> substitutes(Metric asked) {
        return switch (asked) {
            case COS_ACT -> List.of(Metric.COS_X_W, Metric.COS_X, Metric.COS_W);
            case COS_X_W -> List.of(Metric.COS_X, Metric.COS_W);
            case COS_X -> List.of(Metric.COS_W);
            case COS_W -> List.of(Metric.COS_X);
            case ERR_H -> List.of(Metric.COS_ACT, Metric.COS_X_W, Metric.COS_X, Metric.COS_W);
        };
    }
}

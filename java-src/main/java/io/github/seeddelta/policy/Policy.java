package io.github.seeddelta.policy;

import io.github.seeddelta.policy.Rule.Level;
import io.github.seeddelta.policy.Rule.Setting;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A parsed policy (SPEC §6), or the absence of one.
///
/// Precedence, lowest first: built-in < command line < `defaults` < `ranges` in order < `layers[L]` <
/// `layers[L].tensors[T]`. Between rules of the same level the last in the file wins. Values merge leaf by leaf:
/// `"K": {"gate": 64}` leaves the K of the other kinds as it was.
public final class Policy {
    /// What to do with keys nobody knows.
    public enum Mode {
        /// Keep going; each is a warning.
        LENIENT,
        /// Refuse the policy (`--policy-strict`).
        STRICT
    }

    private final String source;
    private final List<Rule> rules;
    private final List<Problem> warnings;
    private final Optional<PolicyHash> hash;

    private Policy(String source, List<Rule> rules, List<Problem> warnings, Optional<PolicyHash> hash) {
        this.source = source;
        this.rules = List.copyOf(rules);
        this.warnings = List.copyOf(warnings);
        this.hash = hash;
    }

    Policy(String source, List<Rule> rules, List<Problem> warnings, PolicyHash hash) {
        this(source, rules, warnings, Optional.of(hash));
    }

    /// Without a policy the builder behaves as the flags say.
    public static Policy none() {
        return new Policy("", List.of(), List.of(), Optional.empty());
    }

    /// @param source name of the file for messages
    /// @param bytes  the file, UTF-8 JSON
    /// @throws PolicyException naming file, line and column of the first problem
    public static Policy parse(String source, byte[] bytes, Mode mode, KnownNames names) {
        return PolicyParser.parse(source, bytes, mode, names);
    }

    public String source() {
        return source;
    }

    /// Unknown keys, each once at its first place; empty when strict.
    public List<Problem> warnings() {
        return warnings;
    }

    /// Digests of the file; none for [#none].
    public Optional<PolicyHash> hash() {
        return hash;
    }

    /// Rules that speak about no layer of this model: most likely a mistake, worth a warning.
    public List<String> rulesWithoutLayers(int layerCount) {
        List<String> idle = new ArrayList<>();
        for (Rule rule : rules) {
            if (rule.level() != Level.DEFAULTS
                    && rule.level() != Level.TENSOR
                    && rule.layers().misses(layerCount)) {
                idle.add(rule.where() + " names layers " + rule.layers().text() + ", but the model has layers 0 to "
                        + (layerCount - 1));
            }
        }
        return idle;
    }

    /// Everything that is decided before measuring, for one tensor.
    ///
    /// @param layerCount layers of the model; `last:4` counts from it
    /// @throws IllegalArgumentException when `layer` is not a layer of the model
    public ResolvedTensor resolve(int layer, TensorKind kind, CliDefaults cli, int layerCount, KnownNames names) {
        if (layer < 0 || layer >= layerCount) {
            throw new IllegalArgumentException("layer " + layer + " of a model with " + layerCount + " layers");
        }
        Map<Key<?>, Sourced<?>> merged = builtIns(kind, false);
        merged.put(Keys.BASE_KIND, new Sourced<>(names.defaultBaseKind(), new Origin.BuiltIn()));
        overlay(merged, cli, kind, false);
        if (cli.namesKind(kind)) {
            merged.put(Keys.ENABLED, new Sourced<>(true, new Origin.Flag("--kinds")));
        }
        for (Rule rule : rules) {
            if (rule.appliesTo(layer, kind, layerCount)) {
                overlay(merged, rule, kind, false);
            }
        }
        String baseKind = (String) merged.get(Keys.BASE_KIND).value();
        merged.putIfAbsent(Keys.SCHEME, new Sourced<>(names.schemeFor(baseKind), new Origin.BuiltIn()));
        GateSet set = new ResolvedTensor(layer, kind, merged).gating().set();
        merged.putIfAbsent(Keys.ENABLED, new Sourced<>(set.triesByDefault(kind), new Origin.BuiltIn()));
        cli.excludedBy(layer, kind, layerCount)
                .ifPresent(flag -> merged.put(Keys.ENABLED, new Sourced<>(false, new Origin.Flag(flag))));
        return new ResolvedTensor(layer, kind, merged);
    }

    /// The limits for the whole build (`stack`, SPEC §8), from the command line and `defaults`.
    public StackLimits stackLimits(CliDefaults cli) {
        Map<TensorKind, Integer> maxPerKind = new LinkedHashMap<>();
        Map<Key<?>, Sourced<?>> merged = new LinkedHashMap<>();
        for (TensorKind kind : TensorKind.values()) {
            merged = builtIns(kind, true);
            overlay(merged, cli, kind, true);
            for (Rule rule : rules) {
                overlay(merged, rule, kind, true);
            }
            Sourced<?> cap = merged.get(Keys.STACK_MAX_PER_KIND);
            if (cap != null) {
                maxPerKind.put(kind, (Integer) cap.value());
            }
        }
        return StackLimits.of(merged, maxPerKind);
    }

    private static Map<Key<?>, Sourced<?>> builtIns(TensorKind kind, boolean wholeBuild) {
        Map<Key<?>, Sourced<?>> values = new LinkedHashMap<>();
        for (Key<?> key : Keys.ALL) {
            Object value = key.builtIn().get(kind);
            if (key.wholeBuild() == wholeBuild && value != null) {
                values.put(key, new Sourced<>(value, new Origin.BuiltIn()));
            }
        }
        return values;
    }

    private static void overlay(Map<Key<?>, Sourced<?>> merged, CliDefaults cli, TensorKind kind, boolean wholeBuild) {
        cli.values().forEach((leaf, value) -> {
            if (leaf.key().wholeBuild() == wholeBuild && leaf.appliesTo(kind)) {
                merged.put(leaf.key(), value);
            }
        });
    }

    private static void overlay(Map<Key<?>, Sourced<?>> merged, Rule rule, TensorKind kind, boolean wholeBuild) {
        for (Map.Entry<Leaf, Setting> entry : rule.settings().entrySet()) {
            Leaf leaf = entry.getKey();
            Setting setting = entry.getValue();
            if (leaf.key().wholeBuild() == wholeBuild && leaf.appliesTo(kind)) {
                Origin origin = new Origin.PolicyRule(
                        rule.where(), setting.at().line(), setting.at().column());
                merged.put(leaf.key(), new Sourced<>(setting.value(), origin));
            }
        }
    }
}

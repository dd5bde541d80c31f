package io.github.seeddelta.policy;

import io.github.seeddelta.policy.Json.At;
import io.github.seeddelta.policy.Json.Member;
import io.github.seeddelta.policy.Problem.Kind;
import io.github.seeddelta.policy.Rule.Level;
import io.github.seeddelta.policy.Rule.Setting;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Reads policy v1 (SPEC §6). Collects every problem of the file, so that one run shows them all.
final class PolicyParser {
    private static final Set<String> TOP_KEYS =
            Set.of("$schema", "description", "version", "defaults", "ranges", "layers");

    private final KnownNames names;
    private final List<Problem> problems = new ArrayList<>();
    private final Map<String, Problem> unknownKeys = new LinkedHashMap<>();
    private final List<Rule> rules = new ArrayList<>();

    private PolicyParser(KnownNames names) {
        this.names = names;
    }

    static Policy parse(String source, byte[] bytes, Policy.Mode mode, KnownNames names) {
        PolicyParser parser = new PolicyParser(names);
        try {
            parser.document(JsonReader.read(bytes, parser.problems::add));
        } catch (JsonReader.SyntaxException e) {
            throw new PolicyException(source, List.of(Problem.syntax(e.at(), e.sentence())));
        }
        return parser.finish(source, bytes, mode);
    }

    private Policy finish(String source, byte[] bytes, Policy.Mode mode) {
        List<Problem> errors = new ArrayList<>(problems);
        if (mode == Policy.Mode.STRICT) {
            errors.addAll(unknownKeys.values());
        }
        if (!errors.isEmpty()) {
            errors.sort(Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column));
            throw new PolicyException(source, errors);
        }
        // A stable sort: rules of one level keep the order of the file, so the last of them wins.
        rules.sort(Comparator.comparing(Rule::level));
        return new Policy(source, rules, List.copyOf(unknownKeys.values()), PolicyHash.of(bytes));
    }

    private void document(Json json) {
        if (!(json instanceof Json.Obj top)) {
            problems.add(Problem.structure(json.at(), "a policy must be an object, not " + json.describe()));
            return;
        }
        version(top);
        top.members().forEach((key, member) -> {
            switch (key) {
                case "version" -> {}
                case "$schema", "description" -> text(key, member.value());
                case "defaults" ->
                    object(key, member.value())
                            .ifPresent(obj -> rule(Level.DEFAULTS, key, LayerSet.ALL, Optional.empty(), obj));
                case "ranges" -> ranges(member.value());
                case "layers" -> object(key, member.value()).ifPresent(this::layers);
                default -> unknown("the policy", key, member.keyAt(), TOP_KEYS);
            }
        });
    }

    private void version(Json.Obj top) {
        Member member = top.members().get("version");
        if (member == null) {
            problems.add(Problem.structure(top.at(), "\"version\" is missing; write \"version\": 1"));
        } else if (!(member.value() instanceof Json.Num num) || num.value().compareTo(BigDecimal.ONE) != 0) {
            problems.add(Problem.structure(
                    member.value().at(),
                    "version must be 1, not " + member.value().describe() + "; this tool reads policy version 1"));
        }
    }

    private void text(String key, Json json) {
        if (!(json instanceof Json.Text)) {
            problems.add(Problem.structure(json.at(), key + " must be a string, not " + json.describe()));
        }
    }

    private void ranges(Json json) {
        if (!(json instanceof Json.Arr arr)) {
            problems.add(Problem.structure(json.at(), "ranges must be a list, not " + json.describe()));
            return;
        }
        for (int i = 0; i < arr.items().size(); i++) {
            String where = "ranges[" + i + "]";
            object(where, arr.items().get(i)).ifPresent(obj -> range(where, obj));
        }
    }

    private void range(String where, Json.Obj obj) {
        Member layers = obj.members().get("layers");
        if (layers == null) {
            problems.add(Problem.structure(
                    obj.at(), where + " does not say which layers; write \"layers\": \"15-20\" in it"));
            return;
        }
        if (!(layers.value() instanceof Json.Text text)) {
            problems.add(Problem.structure(
                    layers.value().at(),
                    where + ".layers must be a string such as \"15-20\", not "
                            + layers.value().describe()));
            return;
        }
        layerSet(where + ".layers", text.value(), layers.value().at())
                .ifPresent(set -> rule(Level.RANGE, where, set, Optional.empty(), obj));
    }

    private void layers(Json.Obj obj) {
        obj.members().forEach((expression, member) -> {
            String where = "layers." + expression;
            Optional<LayerSet> set = layerSet("layers", expression, member.keyAt());
            Optional<Json.Obj> body = object(where, member.value());
            if (set.isPresent() && body.isPresent()) {
                rule(Level.LAYER, where, set.get(), Optional.empty(), body.get());
                Member tensors = body.get().members().get("tensors");
                if (tensors != null) {
                    object(where + ".tensors", tensors.value()).ifPresent(t -> tensors(where, set.get(), t));
                }
            }
        });
    }

    private void tensors(String layerWhere, LayerSet layers, Json.Obj obj) {
        Set<String> known = new LinkedHashSet<>();
        for (TensorKind kind : TensorKind.values()) {
            known.add(kind.jsonName());
        }
        obj.members().forEach((name, member) -> {
            String where = layerWhere + ".tensors." + name;
            Optional<TensorKind> kind = TensorKind.ofJsonName(name);
            if (kind.isEmpty()) {
                unknown("tensors", name, member.keyAt(), known);
            } else {
                object(where, member.value()).ifPresent(body -> rule(Level.TENSOR, where, layers, kind, body));
            }
        });
    }

    private Optional<LayerSet> layerSet(String what, String expression, At at) {
        try {
            return Optional.of(LayerSet.parse(expression));
        } catch (LayerSet.BackwardsException e) {
            problems.add(Problem.beyondSchema(at, what + ": " + e.getMessage()));
        } catch (IllegalArgumentException e) {
            problems.add(Problem.structure(at, what + ": " + e.getMessage()));
        }
        return Optional.empty();
    }

    private Optional<Json.Obj> object(String what, Json json) {
        if (json instanceof Json.Obj obj) {
            return Optional.of(obj);
        }
        problems.add(Problem.structure(json.at(), what + " must be an object, not " + json.describe()));
        return Optional.empty();
    }

    private void rule(Level level, String where, LayerSet layers, Optional<TensorKind> kind, Json.Obj obj) {
        Map<Leaf, Setting> settings = new LinkedHashMap<>();
        obj.members().forEach((name, member) -> {
            boolean structural =
                    (level == Level.RANGE && name.equals("layers")) || (level == Level.LAYER && name.equals("tensors"));
            if (!structural) {
                member(level, where, name, member, settings);
            }
        });
        rules.add(new Rule(level, where, layers, kind, settings));
    }

    private void member(Level level, String where, String name, Member member, Map<Leaf, Setting> settings) {
        List<Key<?>> here = keysOf(level, Optional.empty());
        Optional<Key<?>> key = named(here, name);
        Set<String> groups = new LinkedHashSet<>();
        for (Key<?> candidate : Keys.ALL) {
            if (!candidate.wholeBuild() || level == Level.DEFAULTS) {
                candidate.group().ifPresent(groups::add);
            }
        }
        if (key.isPresent()) {
            value(where, key.get(), member, settings);
        } else if (groups.contains(name)) {
            List<Key<?>> inGroup = keysOf(level, Optional.of(name));
            object(where + "." + name, member.value())
                    .ifPresent(obj -> obj.members().forEach((leaf, value) -> {
                        Optional<Key<?>> grouped = named(inGroup, leaf);
                        if (grouped.isPresent()) {
                            value(where, grouped.get(), value, settings);
                        } else {
                            unknown(name, leaf, value.keyAt(), leafNames(inGroup));
                        }
                    }));
        } else {
            Set<String> known = new LinkedHashSet<>(leafNames(here));
            known.addAll(groups);
            if (level == Level.LAYER) {
                known.add("tensors");
            }
            unknown(where(level), name, member.keyAt(), known);
        }
    }

    private void value(String where, Key<?> key, Member member, Map<Leaf, Setting> settings) {
        String path = where + "." + key.path();
        if (!key.perKind()) {
            read(path, key, member).ifPresent(setting -> settings.put(new Leaf(key, Optional.empty()), setting));
        } else if (member.value() instanceof Json.Obj byKind) {
            Set<String> known = new LinkedHashSet<>();
            for (TensorKind kind : TensorKind.values()) {
                known.add(kind.shortName());
            }
            byKind.members().forEach((name, value) -> {
                Optional<TensorKind> kind = TensorKind.ofShortName(name);
                if (kind.isEmpty()) {
                    unknown(key.path(), name, value.keyAt(), known);
                } else {
                    read(path + "." + name, key, value).ifPresent(s -> settings.put(Leaf.of(key, kind.get()), s));
                }
            });
        } else {
            read(path, key, member).ifPresent(setting -> {
                for (TensorKind kind : TensorKind.values()) {
                    settings.put(Leaf.of(key, kind), setting);
                }
            });
        }
    }

    private Optional<Setting> read(String path, Key<?> key, Member member) {
        try {
            return Optional.of(new Setting(Values.read(key.shape(), member.value(), names), member.keyAt()));
        } catch (Values.Refusal e) {
            problems.add(e.of(path));
            return Optional.empty();
        }
    }

    private void unknown(String where, String key, At at, Set<String> known) {
        if (key.equals("stack")) {
            Problem misplaced = Problem.unknownName(
                    Kind.UNKNOWN_KEY,
                    at,
                    "\"stack\" in " + where + " has no effect: it is about the whole build; move it to defaults",
                    Optional.empty());
            unknownKeys.putIfAbsent(where + "." + key, misplaced);
            return;
        }
        Optional<String> nearest = Nearest.to(key, known);
        String list = nearest.isPresent()
                ? ""
                : "; known here: " + String.join(", ", known.stream().sorted().toList());
        Problem problem =
                Problem.unknownName(Kind.UNKNOWN_KEY, at, "unknown key \"" + key + "\" in " + where + list, nearest);
        unknownKeys.putIfAbsent(where + "." + key, problem);
    }

    private static String where(Level level) {
        return switch (level) {
            case DEFAULTS -> "defaults";
            case RANGE -> "a range";
            case LAYER -> "a layer";
            case TENSOR -> "a tensor";
        };
    }

    private static List<Key<?>> keysOf(Level level, Optional<String> group) {
        List<Key<?>> keys = new ArrayList<>();
        for (Key<?> key : Keys.ALL) {
            if (key.group().equals(group) && (!key.wholeBuild() || level == Level.DEFAULTS)) {
                keys.add(key);
            }
        }
        return keys;
    }

    private static Optional<Key<?>> named(List<Key<?>> keys, String name) {
        for (Key<?> key : keys) {
            if (key.name().equals(name)) {
                return Optional.of(key);
            }
        }
        return Optional.empty();
    }

    private static Set<String> leafNames(List<Key<?>> keys) {
        Set<String> names = new LinkedHashSet<>();
        for (Key<?> key : keys) {
            names.add(key.name());
        }
        return names;
    }
}

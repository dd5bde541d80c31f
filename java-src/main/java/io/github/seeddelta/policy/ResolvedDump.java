package io.github.seeddelta.policy;

import java.util.List;

/// The text of `--policy-dump-resolved`: one block per tensor, one value per line, each with who set it.
public final class ResolvedDump {
    private ResolvedDump() {}

    public static String text(List<ResolvedTensor> tensors) {
        StringBuilder out = new StringBuilder();
        for (ResolvedTensor tensor : tensors) {
            out.append(tensor.weightName()).append('\n');
            tensor.values()
                    .forEach((key, value) -> out.append(String.format(
                            "  %-26s %-24s <- %s\n",
                            key.path(), show(value.value()), value.origin().describe())));
        }
        return out.toString();
    }

    private static String show(Object value) {
        return switch (value) {
            case JsonNamed named -> named.jsonName();
            case List<?> items -> items.toString().replace(" ", "");
            default -> value.toString();
        };
    }
}

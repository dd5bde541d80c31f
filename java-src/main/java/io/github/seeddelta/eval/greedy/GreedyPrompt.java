package io.github.seeddelta.eval.greedy;

import java.util.List;

/// One prompt of the pack.
///
/// @param id     short and unique, e.g. `P03`
/// @param name   what it is about, e.g. `single_word`; with the id it names the answer files
/// @param text   what the user says, in its own language
/// @param checks rules for the answer, the implied ones (answers, rep, drift) first
public record GreedyPrompt(String id, String name, String text, List<Check> checks) {
    public GreedyPrompt {
        checks = List.copyOf(checks);
    }

    /// File name of an answer, without extension.
    public String fileName() {
        return id + "_" + name;
    }
}

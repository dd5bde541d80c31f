package io.github.seeddelta.eval.run;

/// Watches an evaluation. Calls come from the evaluating thread.
public interface EvalListener {
    /// A new piece of work begins.
    void phase(String what);

    /// Chunks of this piece that are done; `limit` is the most there can be.
    void chunk(int done, int limit);
}

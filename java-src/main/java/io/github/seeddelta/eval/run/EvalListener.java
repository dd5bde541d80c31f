package io.github.seeddelta.eval.run;

/// Watches an evaluation. Calls come from the evaluating thread.
public interface EvalListener {
    /// A new piece of work begins.
    void phase(String what);

    /// @param done  finished units of this piece
    /// @param total all units of it
    /// @param unit  what is counted, plural
    void step(int done, int total, String unit);

    static EvalListener silent() {
        return new EvalListener() {
            @Override
            public void phase(String what) {}

            @Override
            public void step(int done, int total, String unit) {}
        };
    }
}

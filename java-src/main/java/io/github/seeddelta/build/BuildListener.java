package io.github.seeddelta.build;

import java.io.IOException;

/// Watches a build. Calls come from the building thread.
public interface BuildListener {
    /// Work in units of weights; `total` is the whole build's.
    void progress(long done, long total, String what);

    /// Something the user should know that is no error.
    void warning(String line);

    /// Told before native work starts: `cancel` ends it soon, from any thread, until the build is over.
    void running(Runnable cancel) throws IOException;
}

package io.github.seeddelta.scan;

import java.io.IOException;

/// Watches a scan. Calls come from the scanning thread.
public interface ScanListener {
    /// @param done experiments that are finished, those of an earlier run included
    void progress(int done, int total, String what);

    /// A row was measured or found in the file of an earlier run.
    void row(ScanRow row);

    /// Told before native work starts: `cancel` ends it soon, from any thread.
    void running(Runnable cancel) throws IOException;
}

package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.sd.sd_progress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/// Memory shared with one long native call at a time: the call counts what it has done, any thread may read and cancel.
/// The library does not know the total; whoever knows it says so with [#restart(long)].
public final class ProgressCell implements AutoCloseable {
    private static final VarHandle DONE = sd_progress.done$layout().varHandle();
    private static final VarHandle TOTAL = sd_progress.total$layout().varHandle();
    private static final VarHandle CANCEL = sd_progress.cancel$layout().varHandle();

    private final Arena arena = Arena.ofShared();
    private final MemorySegment cell = sd_progress.allocate(arena);

    public long done() {
        return (long) DONE.getOpaque(cell, sd_progress.done$offset());
    }

    /// What was told to [#restart(long)], else 0.
    public long total() {
        return (long) TOTAL.getOpaque(cell, sd_progress.total$offset());
    }

    /// The running call ends soon with [NativeException.Cancelled], and so does every later call with this cell.
    /// Does nothing after [#close()].
    public synchronized void cancel() {
        if (arena.scope().isAlive()) {
            CANCEL.setOpaque(cell, sd_progress.cancel$offset(), 1);
        }
    }

    public boolean isCancelled() {
        return (int) CANCEL.getOpaque(cell, sd_progress.cancel$offset()) != 0;
    }

    /// Counts from 0 again, for the next call. A cancellation stays.
    public void restart() {
        restart(0);
    }

    /// @param total what [#done()] will be at the end of the next call
    public void restart(long total) {
        DONE.setOpaque(cell, sd_progress.done$offset(), 0L);
        TOTAL.setOpaque(cell, sd_progress.total$offset(), total);
    }

    MemorySegment segment() {
        return cell;
    }

    /// @throws IllegalStateException while a call uses the cell
    @Override
    public synchronized void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}

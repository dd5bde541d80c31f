package io.github.seeddelta.cli.frame;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;

/// How far a piece of work has come: one line that rewrites itself on a terminal, a line now and then when piped,
/// nothing when quiet. Closing it leaves the terminal line clean. Not thread-safe.
public final class Progress implements AutoCloseable {

    public enum Style {
        SILENT,
        PLAIN,
        TERMINAL
    }

    private static final long REDRAW_NANOS = 100_000_000L;
    private static final long PLAIN_NANOS = 1_000_000_000L;
    private static final int TEXT_COLUMNS = 48;

    private final PrintStream err;
    private final Style style;
    private final String title;
    private final LongSupplier nanos;
    private final long startNanos;

    private long firstDone = -1;
    private long lastDrawNanos;
    private long lastTenth = -1;
    private boolean drawn;

    public Progress(PrintStream err, Style style, String title) {
        this(err, style, title, System::nanoTime);
    }

    Progress(PrintStream err, Style style, String title, LongSupplier nanos) {
        this.err = err;
        this.style = style;
        this.title = title;
        this.nanos = nanos;
        this.startNanos = nanos.getAsLong();
    }

    /// Units: `done` and `total` are in whatever the caller counts. Range: 0 ≤ done ≤ total, total > 0.
    public void update(long done, long total, String what) {
        if (style == Style.SILENT || total <= 0) {
            return;
        }
        if (firstDone < 0) {
            firstDone = done;
        }
        long now = nanos.getAsLong();
        switch (style) {
            case TERMINAL -> {
                if (!drawn || done == total || now - lastDrawNanos >= REDRAW_NANOS) {
                    err.print("\r" + line(done, total, now) + "  " + shorten(what) + "\u001b[K");
                    err.flush();
                    lastDrawNanos = now;
                    drawn = true;
                }
            }
            case PLAIN -> {
                long tenth = done * 10 / total;
                boolean due = lastTenth < 0 || done == total || now - lastDrawNanos >= PLAIN_NANOS;
                if (tenth > lastTenth && due) {
                    err.println(line(done, total, now));
                    lastTenth = tenth;
                    lastDrawNanos = now;
                }
            }
            case SILENT -> {}
        }
    }

    @Override
    public void close() {
        if (drawn) {
            err.print("\r\u001b[K");
            err.flush();
            drawn = false;
        }
    }

    private String line(long done, long total, long now) {
        String head = String.format(Locale.ROOT, "%s %3d%% [%d/%d]", title, done * 100 / total, done, total);
        long counted = done - firstDone;
        if (counted <= 0 || done >= total) {
            return head;
        }
        double leftNanos = (double) (now - startNanos) / counted * (total - done);
        return head + " ETA " + duration((long) (leftNanos / 1e9));
    }

    static String duration(long seconds) {
        return seconds < 3600
                ? String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60)
                : String.format(Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }

    private static String shorten(String what) {
        return what.length() <= TEXT_COLUMNS ? what : "…" + what.substring(what.length() - TEXT_COLUMNS + 1);
    }
}

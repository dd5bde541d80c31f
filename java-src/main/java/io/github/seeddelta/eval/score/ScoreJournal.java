package io.github.seeddelta.eval.score;

import io.github.seeddelta.eval.EvalException;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Finished chunks on disk, so that an interrupted evaluation goes on where it stopped.
///
/// One JSON line per chunk, appended in one write and forced to disk before [#put] returns. A last line that is cut
/// or damaged, which is what a kill or a power cut leaves, is dropped on opening; damage anywhere else is an error.
///
/// Memory:    the byte offset of each line; scores are read back on demand.
/// Ownership: the file is locked against a second evaluation until [#close()].
/// Threading: one caller at a time.
public final class ScoreJournal implements Closeable {
    private record Span(long offset, int length) {}

    private final Path file;
    private final FileChannel channel;
    private final Map<JournalKey, Span> lines = new HashMap<>();
    private long end;

    private ScoreJournal(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /// Opens or creates the journal.
    ///
    /// Errors: EvalException when another evaluation holds it or a line before the last is damaged.
    public static ScoreJournal open(Path file) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
        try {
            lock(file, channel);
            ScoreJournal journal = new ScoreJournal(file, channel);
            journal.load();
            return journal;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    public int size() {
        return lines.size();
    }

    public Optional<ChunkScores> get(JournalKey key) {
        Span span = lines.get(key);
        if (span == null) {
            return Optional.empty();
        }
        try {
            String line = new String(read(span.offset, span.length), StandardCharsets.UTF_8);
            return Optional.of(JournalLine.decode(line)
                    .orElseThrow(() -> damaged(file, "a line changed while it was open"))
                    .scores());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void put(JournalKey key, ChunkScores scores) {
        byte[] line = (new JournalLine(key, scores).encode() + "\n").getBytes(StandardCharsets.UTF_8);
        try {
            ByteBuffer bytes = ByteBuffer.wrap(line);
            long at = end;
            while (bytes.hasRemaining()) {
                at += channel.write(bytes, at);
            }
            channel.force(false);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    file + ": the chunk could not be stored (" + e.getMessage() + "); free some space and run again",
                    e);
        }
        lines.put(key, new Span(end, line.length - 1));
        end += line.length;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private static void lock(Path file, FileChannel channel) throws IOException {
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        }
        if (lock == null) {
            throw EvalException.usage(
                    file + ": another evaluation is writing here; wait for it or choose another --out");
        }
    }

    private void load() throws IOException {
        long size = channel.size();
        LineScanner scanner = new LineScanner(channel, size);
        int number = 0;
        for (Optional<LineScanner.Line> next = scanner.next(); next.isPresent(); next = scanner.next()) {
            LineScanner.Line line = next.get();
            number++;
            Optional<JournalLine> decoded = line.complete() ? JournalLine.decode(line.text()) : Optional.empty();
            boolean last = line.offset() + line.length() + 1 >= size;
            if (decoded.isEmpty() && !last) {
                throw damaged(file, "line " + number);
            }
            if (decoded.isPresent()) {
                lines.put(decoded.get().key(), new Span(line.offset(), line.length()));
                end = line.offset() + line.length() + 1;
            }
        }
        if (end < size) {
            channel.truncate(end);
        }
    }

    private byte[] read(long offset, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining() && channel.read(bytes, offset + bytes.position()) >= 0) {
            // read() may return fewer bytes than asked for
        }
        return bytes.array();
    }

    private static EvalException damaged(Path file, String where) {
        return EvalException.badInput(
                file + ": damaged journal (" + where + "); delete the file to score all chunks again");
    }
}

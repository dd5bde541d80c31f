package io.github.seeddelta.eval.score;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Lines of a file with their byte offsets, one at a time.
final class LineScanner {
    /// @param complete false for a last line without its line feed
    record Line(long offset, int length, String text, boolean complete) {}

    private final FileChannel channel;
    private final long size;
    private final ByteBuffer block = ByteBuffer.allocate(1 << 16).flip();
    private long readAt;
    private long lineAt;

    LineScanner(FileChannel channel, long size) {
        this.channel = channel;
        this.size = size;
    }

    Optional<Line> next() throws IOException {
        if (lineAt >= size) {
            return Optional.empty();
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        while (true) {
            if (!block.hasRemaining() && !fill()) {
                return Optional.of(line(bytes, false));
            }
            byte b = block.get();
            if (b == '\n') {
                return Optional.of(line(bytes, true));
            }
            bytes.write(b);
        }
    }

    private Line line(ByteArrayOutputStream bytes, boolean complete) {
        Line line = new Line(lineAt, bytes.size(), bytes.toString(StandardCharsets.UTF_8), complete);
        lineAt += bytes.size() + 1L;
        return line;
    }

    private boolean fill() throws IOException {
        block.clear();
        int n = channel.read(block, readAt);
        block.flip();
        if (n <= 0) {
            return false;
        }
        readAt += n;
        return true;
    }
}

package io.github.seeddelta.nat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;

/// The logits of one model over the chunks of a text, kept so that many models can be compared with it while it runs
/// only once.
///
/// Layout:    little-endian; u64 magic, i32 vocabulary, rows per chunk, chunks, length of the identity, the identity in
///            UTF-8, padding to 64 bytes, then for each chunk its targets (i32) and its rows (f32).
/// Memory:    the file is mapped; 4 bytes per row and word of the vocabulary.
/// Ownership: segments of [#chunk(int)] are valid until [#close()].
public final class LogitsFile implements AutoCloseable {
    private static final long MAGIC = 0x31544947_4f4c4453L; // "SDLOGIT1"
    private static final int FIXED_BYTES = Long.BYTES + 4 * Integer.BYTES;
    private static final int ALIGN = 64;

    private final Arena arena;
    private final MemorySegment map;
    private final Shape shape;

    private LogitsFile(Arena arena, MemorySegment map, Shape shape) {
        this.arena = arena;
        this.map = map;
        this.shape = shape;
    }

    /// @param identity all that the logits depend on, as text
    /// @param rows     scored tokens of each chunk
    public record Shape(String identity, int vocabSize, int rows, int chunks) {
        long headerBytes() {
            long used = FIXED_BYTES + (long) identity.getBytes(StandardCharsets.UTF_8).length;
            return Math.ceilDiv(used, (long) ALIGN) * ALIGN;
        }

        long chunkBytes() {
            return (long) rows * Integer.BYTES + (long) rows * vocabSize * Float.BYTES;
        }

        /// Size of the file.
        public long bytes() {
            return headerBytes() + chunks * chunkBytes();
        }
    }

    /// The logits in `file`; empty when there is none, it belongs to something else, or it is not whole.
    public static Optional<LogitsFile> open(Path file, String identity) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            Arena arena = Arena.ofShared();
            try {
                MemorySegment map = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
                Optional<Shape> shape = shape(map, identity);
                if (shape.isPresent()) {
                    return Optional.of(new LogitsFile(arena, map, shape.get()));
                }
            } catch (RuntimeException e) {
                arena.close();
                throw e;
            }
            arena.close();
            return Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<Shape> shape(MemorySegment map, String identity) {
        byte[] wanted = identity.getBytes(StandardCharsets.UTF_8);
        if (map.byteSize() < FIXED_BYTES + (long) wanted.length) {
            return Optional.empty();
        }
        ByteBuffer header = map.asSlice(0, FIXED_BYTES).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        if (header.getLong() != MAGIC) {
            return Optional.empty();
        }
        Shape shape = new Shape(identity, header.getInt(), header.getInt(), header.getInt());
        byte[] found = map.asSlice(FIXED_BYTES, wanted.length).toArray(ValueLayout.JAVA_BYTE);
        boolean whole = shape.vocabSize > 0 && shape.rows > 0 && shape.chunks > 0 && map.byteSize() == shape.bytes();
        return header.getInt() == wanted.length && Arrays.equals(found, wanted) && whole
                ? Optional.of(shape)
                : Optional.empty();
    }

    public int chunks() {
        return shape.chunks;
    }

    public ChunkLogits chunk(int chunk) {
        long at = shape.headerBytes() + chunk * shape.chunkBytes();
        long targetBytes = (long) shape.rows * Integer.BYTES;
        int[] targets = map.asSlice(at, targetBytes).toArray(ValueLayout.JAVA_INT_UNALIGNED);
        MemorySegment rows = map.asSlice(at + targetBytes, shape.chunkBytes() - targetBytes);
        return new ChunkLogits(chunk, rows, shape.vocabSize, targets);
    }

    @Override
    public void close() {
        arena.close();
    }

    /// Writes a file chunk by chunk; it has its name only after [#finish()].
    public static final class Writer implements AutoCloseable {
        private final Path file;
        private final Path part;
        private final FileChannel channel;

        public Writer(Path file, Shape shape) throws IOException {
            this.file = file;
            this.part = file.resolveSibling(file.getFileName() + ".part");
            this.channel = FileChannel.open(
                    part, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
            byte[] identity = shape.identity.getBytes(StandardCharsets.UTF_8);
            ByteBuffer header =
                    ByteBuffer.allocate(Math.toIntExact(shape.headerBytes())).order(ByteOrder.LITTLE_ENDIAN);
            header.putLong(MAGIC).putInt(shape.vocabSize).putInt(shape.rows).putInt(shape.chunks);
            header.putInt(identity.length).put(identity);
            write(header.rewind());
        }

        /// Chunks come in order.
        public void add(ChunkLogits chunk) throws IOException {
            ByteBuffer targets =
                    ByteBuffer.allocate(chunk.targets().length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            targets.asIntBuffer().put(chunk.targets());
            write(targets);
            long rowBytes = (long) chunk.vocabSize() * Float.BYTES;
            for (int row = 0; row < chunk.targets().length; row++) {
                write(chunk.rows().asSlice(row * rowBytes, rowBytes).asByteBuffer());
            }
        }

        public void finish() throws IOException {
            channel.close();
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }

        private void write(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
            Files.deleteIfExists(part);
        }
    }
}

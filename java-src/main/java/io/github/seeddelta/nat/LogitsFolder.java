package io.github.seeddelta.nat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/// Logits of one model on one text, on disk, so that it is decoded once however often others are held against it.
///
/// Files, below a folder that several models and texts may share:
/// - `KEY.identity`: what tells whether another model cuts the text into the same tokens;
/// - `KEY-FIRST-COUNT.logits`: the chunks of one group. A header of [#HEADER_BYTES] (magic, vocabulary size, rows per
///   chunk, chunks, CRC-32C of what follows), then rows of f32, exactly as they were decoded.
///
/// A file appears by rename when it is whole; one that is damaged counts as missing.
///
/// Ownership: files are mapped until the next [#get] or [#close()].
public final class LogitsFolder implements AutoCloseable {
    private static final long MAGIC = 0x31_4c_47_4f_4c_44_53L;
    private static final int HEADER_BYTES = 32;
    private static final int SLICE_BYTES = 1 << 26;

    private final Path folder;
    private final String key;
    private Arena mapped = Arena.ofConfined();

    /// @param key names everything that changes a logit: file, text, context, threads, kernels
    public LogitsFolder(Path folder, String key) {
        this.folder = folder;
        this.key = key;
    }

    /// The identity that was stored with the logits.
    public Optional<String> identity() {
        try {
            return Optional.of(Files.readString(identityFile()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    public void putIdentity(String identity) {
        store(identityFile(), List.of(ByteBuffer.wrap(identity.getBytes(StandardCharsets.UTF_8))));
    }

    /// The chunks of a group, valid until the next call and until [#close()]; empty when they are not there or damaged.
    ///
    /// @param like the same chunks of another model
    public Optional<List<ChunkLogits>> get(List<ChunkLogits> like) {
        mapped.close();
        mapped = Arena.ofConfined();
        ChunkLogits first = like.getFirst();
        Path file = file(first.chunk(), like.size());
        int vocabSize = first.vocabSize();
        int rows = first.targets().length;
        long chunkBytes = (long) rows * vocabSize * Float.BYTES;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() != HEADER_BYTES + chunkBytes * like.size()) {
                return Optional.empty();
            }
            MemorySegment all = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), mapped);
            MemorySegment data = all.asSlice(HEADER_BYTES);
            ByteBuffer expected = header(vocabSize, rows, like.size(), checksum(List.of(data)));
            if (!expected.equals(all.asSlice(0, HEADER_BYTES).asByteBuffer())) {
                return Optional.empty();
            }
            List<ChunkLogits> chunks = new ArrayList<>();
            for (int i = 0; i < like.size(); i++) {
                MemorySegment rowsOfChunk = data.asSlice(i * chunkBytes, chunkBytes);
                chunks.add(new ChunkLogits(
                        first.chunk() + i, rowsOfChunk, vocabSize, like.get(i).targets()));
            }
            return Optional.of(chunks);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    /// Stores the chunks of a group.
    public void put(List<ChunkLogits> chunks) {
        ChunkLogits first = chunks.getFirst();
        int rows = first.targets().length;
        long chunkBytes = (long) rows * first.vocabSize() * Float.BYTES;
        List<MemorySegment> data =
                chunks.stream().map(c -> c.rows().asSlice(0, chunkBytes)).toList();
        List<ByteBuffer> bytes = new ArrayList<>();
        bytes.add(header(first.vocabSize(), rows, chunks.size(), checksum(data)));
        data.forEach(segment -> bytes.addAll(slices(segment)));
        store(file(first.chunk(), chunks.size()), bytes);
    }

    @Override
    public void close() {
        mapped.close();
    }

    private void store(Path file, List<ByteBuffer> bytes) {
        Path part = file.resolveSibling(
                file.getFileName() + ".part-" + ProcessHandle.current().pid());
        try {
            Files.createDirectories(folder);
            try (FileChannel channel =
                    FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                for (ByteBuffer buffer : bytes) {
                    while (buffer.hasRemaining()) {
                        channel.write(buffer);
                    }
                }
                channel.force(false);
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            part.toFile().delete();
            throw unusable(e);
        }
    }

    private Path identityFile() {
        return folder.resolve(key + ".identity");
    }

    private Path file(int firstChunk, int chunks) {
        return folder.resolve(key + "-" + firstChunk + "-" + chunks + ".logits");
    }

    private static ByteBuffer header(int vocabSize, int rows, int chunks, long checksum) {
        return ByteBuffer.allocate(HEADER_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(MAGIC)
                .putInt(vocabSize)
                .putInt(rows)
                .putInt(chunks)
                .putInt((int) checksum)
                .putLong(0)
                .flip();
    }

    private static long checksum(List<MemorySegment> data) {
        CRC32C crc = new CRC32C();
        data.forEach(segment -> slices(segment).forEach(crc::update));
        return crc.getValue();
    }

    /// Buffers over a segment of any size.
    private static List<ByteBuffer> slices(MemorySegment segment) {
        List<ByteBuffer> slices = new ArrayList<>();
        for (long at = 0; at < segment.byteSize(); at += SLICE_BYTES) {
            slices.add(segment.asSlice(at, Math.min(SLICE_BYTES, segment.byteSize() - at))
                    .asByteBuffer());
        }
        return slices;
    }

    private NativeException unusable(IOException e) {
        return new NativeException.Io(folder + ": logits cannot be kept there (" + e.getMessage()
                + "); free some space or name another folder");
    }
}

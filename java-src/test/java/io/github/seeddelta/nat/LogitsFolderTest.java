package io.github.seeddelta.nat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogitsFolderTest {
    private static final int VOCAB = 5;
    private static final int ROWS = 3;

    @TempDir
    Path dir;

    @Test
    void aGroupComesBackAsItWas() {
        try (Arena arena = Arena.ofConfined();
                LogitsFolder folder = new LogitsFolder(dir.resolve("new"), "a")) {
            List<ChunkLogits> group = List.of(chunk(arena, 4, 0.5f), chunk(arena, 5, -7));
            folder.put(group);
            List<ChunkLogits> back = folder.get(group).orElseThrow();
            assertThat(back).hasSize(2);
            for (int i = 0; i < 2; i++) {
                assertThat(back.get(i).chunk()).isEqualTo(4 + i);
                assertThat(back.get(i).vocabSize()).isEqualTo(VOCAB);
                assertThat(back.get(i).targets()).containsExactly(group.get(i).targets());
                assertThat(floats(back.get(i))).containsExactly(floats(group.get(i)));
            }
        }
    }

    @Test
    void anotherKeyGroupOrVocabularyFindsNothing() {
        try (Arena arena = Arena.ofConfined()) {
            List<ChunkLogits> group = List.of(chunk(arena, 0, 1), chunk(arena, 1, 2));
            new LogitsFolder(dir, "a").put(group);
            assertThat(new LogitsFolder(dir, "b").get(group)).isEmpty();
            assertThat(new LogitsFolder(dir, "a").get(group.subList(0, 1))).isEmpty();
            ChunkLogits wide = group.getFirst();
            ChunkLogits other = new ChunkLogits(0, wide.rows(), VOCAB - 1, wide.targets());
            assertThat(new LogitsFolder(dir, "a").get(List.of(other, other))).isEmpty();
        }
    }

    @Test
    void whatIsDamagedIsNotUsed() throws IOException {
        try (Arena arena = Arena.ofConfined();
                LogitsFolder folder = new LogitsFolder(dir, "a")) {
            List<ChunkLogits> group = List.of(chunk(arena, 0, 1));
            folder.put(group);
            Path file = only(".logits");
            try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
                bytes.seek(bytes.length() - 1);
                bytes.write(1);
            }
            assertThat(folder.get(group)).isEmpty();
            folder.put(group);
            assertThat(folder.get(group)).isPresent();
            try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
                bytes.setLength(bytes.length() - 4);
            }
            assertThat(folder.get(group)).isEmpty();
        }
    }

    @Test
    void theIdentityIsKept() {
        LogitsFolder folder = new LogitsFolder(dir, "a");
        assertThat(folder.identity()).isEmpty();
        folder.putIdentity("tokens 00ff");
        assertThat(folder.identity()).contains("tokens 00ff");
        assertThat(new LogitsFolder(dir, "b").identity()).isEmpty();
    }

    private Path only(String ending) throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.filter(f -> f.toString().endsWith(ending)).findFirst().orElseThrow();
        }
    }

    /// The scorer's segments hold a row more than there are targets; that row is not kept.
    private static ChunkLogits chunk(Arena arena, int number, float first) {
        MemorySegment rows = arena.allocate(ValueLayout.JAVA_FLOAT, (ROWS + 1L) * VOCAB);
        for (int i = 0; i < (ROWS + 1) * VOCAB; i++) {
            rows.setAtIndex(ValueLayout.JAVA_FLOAT, i, first + i);
        }
        return new ChunkLogits(number, rows, VOCAB, new int[] {number, 1, 2});
    }

    private static float[] floats(ChunkLogits chunk) {
        return chunk.rows().asSlice(0, 4L * ROWS * VOCAB).toArray(ValueLayout.JAVA_FLOAT);
    }
}

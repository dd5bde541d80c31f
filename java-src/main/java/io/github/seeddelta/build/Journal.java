package io.github.seeddelta.build;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.seeddelta.gate.TensorId;
import io.github.seeddelta.tune.Variant;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What a build has finished, in a folder beside its output, so that the same command goes on after it was killed.
///
/// For every tensor: the measurements as JSON and the chosen payload as a file. Each file appears whole or not at all,
/// the measurements last. A folder that belongs to another request is emptied; one that another build is working in is
/// refused.
final class Journal implements AutoCloseable {
    /// Of the files in the folder; one more whenever [Measured] changes.
    static final int FORMAT = 2;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String REQUEST = "request";
    private static final String PAYLOAD = ".payload";

    private static final String LOCK = "lock";

    private final Path folder;
    private final FileChannel lock; // locked while it is open; the system lets go of it when a build is killed

    private Journal(Path folder, FileChannel lock) {
        this.folder = folder;
        this.lock = lock;
    }

    /// @param fingerprint everything that the results depend on
    /// @throws BuildException when another build writes the same output
    static Journal open(Path output, String fingerprint) {
        Path folder = output.resolveSibling(output.getFileName() + ".journal");
        try {
            Journal journal = new Journal(folder, lock(folder, output));
            try {
                if (!journal.belongsTo(fingerprint)) {
                    journal.empty();
                    journal.write(folder.resolve(REQUEST), fingerprint);
                }
                return journal;
            } catch (IOException | RuntimeException e) {
                journal.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static FileChannel lock(Path folder, Path output) throws IOException {
        Path file = folder.resolve(LOCK);
        while (true) {
            Files.createDirectories(folder);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                if (channel.tryLock() == null) {
                    throw inUse(folder, output);
                }
                if (Files.exists(file)) { // else the build that held it has just finished and deleted it
                    return channel;
                }
            } catch (OverlappingFileLockException e) {
                channel.close();
                throw inUse(folder, output);
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
            channel.close();
        }
    }

    private static BuildException inUse(Path folder, Path output) {
        return new BuildException.BadInput(output + ": another build is writing it and works in " + folder
                + "; wait for it, or choose another output");
    }

    private boolean belongsTo(String fingerprint) throws IOException {
        try {
            return Files.readString(folder.resolve(REQUEST)).equals(fingerprint);
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /// The attempts on a tensor that was finished before; empty when it was not.
    Optional<List<Measured>> attempts(TensorId id) {
        try {
            String json = Files.readString(file(id, ".json"));
            return Optional.of(JSON.readValue(json, new TypeReference<List<Measured>>() {}));
        } catch (NoSuchFileException | JsonProcessingException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void finish(TensorId id, List<Measured> attempts) {
        try {
            write(file(id, ".json"), JSON.writeValueAsString(attempts));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Where the payload of a variant is kept.
    Path payload(TensorId id, Variant variant) {
        return file(id, "." + variant.k() + "-" + variant.block() + "-" + variant.bits() + PAYLOAD);
    }

    /// Deletes the payloads of all other variants.
    void keepOnly(TensorId id, Variant variant) {
        String own = String.valueOf(file(id, ".").getFileName());
        Path kept = payload(id, variant);
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                String name = String.valueOf(file.getFileName());
                if (name.startsWith(own) && name.endsWith(PAYLOAD) && !file.equals(kept)) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The build is done; nothing is left of the folder. Only [#close] may follow.
    void delete() throws IOException {
        empty();
        Files.delete(folder.resolve(LOCK));
        Files.delete(folder);
    }

    private void empty() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                if (!file.endsWith(LOCK)) {
                    Files.delete(file);
                }
            }
        }
    }

    /// Leaves the folder for the same request to go on from.
    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path file(TensorId id, String extension) {
        return folder.resolve(id.layer() + "." + id.kind().jsonName() + extension);
    }

    private void write(Path file, String text) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".part");
        try {
            Files.writeString(fresh, text, StandardCharsets.UTF_8);
            try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
        } catch (FileSystemException e) {
            throw e;
        } catch (IOException e) { // a full disk, for instance, does not name its file
            throw new FileSystemException(fresh.toString(), null, e.getMessage());
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}

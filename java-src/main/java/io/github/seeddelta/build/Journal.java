package io.github.seeddelta.build;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.seeddelta.gate.TensorId;
import io.github.seeddelta.tune.Variant;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What a build has finished, in a folder beside its output, so that the same command goes on after it was killed.
///
/// For every tensor: the measurements as JSON and the chosen payload as a file. Each file appears whole or not at all,
/// the measurements last. A folder that belongs to another request is emptied.
final class Journal {
    /// Of the files in the folder; one more whenever [Measured] changes.
    static final int FORMAT = 2;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String REQUEST = "request";
    private static final String PAYLOAD = ".payload";

    private final Path folder;

    private Journal(Path folder) {
        this.folder = folder;
    }

    /// @param fingerprint everything that the results depend on
    static Journal open(Path output, String fingerprint) {
        Path folder = output.resolveSibling(output.getFileName() + ".journal");
        Journal journal = new Journal(folder);
        try {
            if (!journal.belongsTo(fingerprint)) {
                journal.delete();
                Files.createDirectories(folder);
                journal.write(folder.resolve(REQUEST), fingerprint);
            }
            return journal;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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

    void delete() throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
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

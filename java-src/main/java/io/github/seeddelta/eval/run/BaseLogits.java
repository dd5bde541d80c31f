package io.github.seeddelta.eval.run;

import io.github.seeddelta.nat.ChunkLogits;
import io.github.seeddelta.nat.ChunkScorer;
import io.github.seeddelta.nat.LlamaModel;
import io.github.seeddelta.nat.LogitsFolder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The base's side of a comparison: decoded, or read from where an earlier comparison left it. The base is loaded only
/// when something has to be decoded.
final class BaseLogits implements AutoCloseable {
    private final Path file;
    private final ScoredText text;
    private final Optional<LogitsFolder> folder;
    private @Nullable LlamaModel model;
    private @Nullable ChunkScorer scorer;
    private int reused;

    BaseLogits(Path file, ScoredText text, Optional<LogitsFolder> folder) {
        this.file = file;
        this.text = text;
        this.folder = folder;
    }

    /// The identity of [ScoredText] of this side.
    String identity() {
        Optional<String> known = folder.flatMap(LogitsFolder::identity);
        if (known.isPresent()) {
            return known.get();
        }
        String identity = ScoredText.identity(model(), text.tokens(model())).toString();
        folder.ifPresent(f -> f.putIdentity(identity));
        return identity;
    }

    /// The chunks of a group, valid until the next call and until [#close()].
    ///
    /// @param other the same group of the other side
    List<ChunkLogits> decode(int group, List<ChunkLogits> other) {
        Optional<List<ChunkLogits>> known = folder.flatMap(f -> f.get(other));
        if (known.isPresent()) {
            reused += other.size();
            return known.get();
        }
        List<ChunkLogits> chunks = scorer().decode(group);
        folder.ifPresent(f -> f.put(chunks));
        return chunks;
    }

    /// Chunks that were not decoded because they were there.
    int reused() {
        return reused;
    }

    private LlamaModel model() {
        if (model == null) {
            model = LlamaModel.load(file);
        }
        return model;
    }

    private ChunkScorer scorer() {
        if (scorer == null) {
            scorer = ChunkScorer.open(model(), text.tokens(model()), text.params());
        }
        return scorer;
    }

    @Override
    public void close() {
        folder.ifPresent(LogitsFolder::close);
        if (scorer != null) {
            scorer.close();
        }
        if (model != null) {
            model.close();
        }
    }
}

package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.llama.LlamaC;
import io.github.seeddelta.bindings.llama.llama_chat_message;
import io.github.seeddelta.bindings.llama.llama_model_params;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A model that llama.cpp has loaded, dense or SeedΔ (`llama_model`).
public final class LlamaModel extends NativeHandle {
    private static final int DESC_BYTES = 256;
    private final Path path;
    private final Tokenizer tokenizer;

    private LlamaModel(Path path, MemorySegment raw) {
        super("loaded model " + path, raw, LlamaC::llama_model_free, List.of());
        this.path = path;
        this.tokenizer = new Tokenizer(this, LlamaC.llama_model_get_vocab(raw));
    }

    /// Loads with the defaults that llama.cpp's own tools use. The header is checked by [GgufModel] first, because
    /// llama.cpp ends the process on some broken files; run this in [Isolated] where the file is not ours.
    ///
    /// @throws NativeException.Input when the file is no model that llama.cpp can load
    public static LlamaModel load(Path path) {
        return load(path, true);
    }

    /// @param repack let llama.cpp copy weights into layouts that this CPU multiplies faster
    public static LlamaModel load(Path path, boolean repack) {
        NativeLibraries.loadLlama();
        GgufModel.open(path).close();
        try (NativeCall call = new NativeCall()) {
            NativeLog.take();
            MemorySegment params = LlamaC.llama_model_default_params(call);
            llama_model_params.use_extra_bufts(params, repack);
            MemorySegment raw = LlamaC.llama_model_load_from_file(call.utf8(path), params);
            if (raw.equals(MemorySegment.NULL)) {
                throw new NativeException.Input(
                        path + " cannot be loaded: " + NativeLog.reason("llama.cpp does not say why"));
            }
            return new LlamaModel(path, raw);
        }
    }

    public Path path() {
        return path;
    }

    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /// Architecture, size class and quantisation in llama.cpp's words.
    public String description() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(DESC_BYTES);
            LlamaC.llama_model_desc(handle(), text, DESC_BYTES);
            return text.getString(0);
        }
    }

    /// Bytes of all tensors.
    public long tensorsSizeBytes() {
        return LlamaC.llama_model_size(handle());
    }

    public long parameters() {
        return LlamaC.llama_model_n_params(handle());
    }

    /// Context length in training, in tokens.
    public int trainedContext() {
        return LlamaC.llama_model_n_ctx_train(handle());
    }

    public boolean hasEncoder() {
        return LlamaC.llama_model_has_encoder(handle());
    }

    /// The messages in the model's chat template, ready for the assistant's turn; empty when the model has no template
    /// or one that llama.cpp's C interface does not know.
    public Optional<String> chat(List<ChatMessage> messages) {
        MemorySegment template = LlamaC.llama_model_chat_template(handle(), MemorySegment.NULL);
        if (template.equals(MemorySegment.NULL)) {
            return Optional.empty();
        }
        try (NativeCall call = new NativeCall()) {
            MemorySegment array = llama_chat_message.allocateArray(messages.size(), call);
            for (int i = 0; i < messages.size(); i++) {
                MemorySegment struct = llama_chat_message.asSlice(array, i);
                llama_chat_message.role(struct, call.utf8(messages.get(i).role()));
                llama_chat_message.content(struct, call.utf8(messages.get(i).content()));
            }
            int sizeBytes =
                    LlamaC.llama_chat_apply_template(template, array, messages.size(), true, MemorySegment.NULL, 0);
            if (sizeBytes < 0) {
                return Optional.empty();
            }
            MemorySegment text = call.allocate(Math.max(1, sizeBytes), ValueLayout.JAVA_BYTE.byteAlignment());
            LlamaC.llama_chat_apply_template(template, array, messages.size(), true, text, sizeBytes);
            return Optional.of(Foreign.text(text, sizeBytes));
        }
    }
}

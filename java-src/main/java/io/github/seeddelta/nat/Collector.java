package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.llama.llama_context_params;
import io.github.seeddelta.bindings.sd.CollectC;
import io.github.seeddelta.bindings.sd.sd_collect_plan;
import io.github.seeddelta.bindings.sd.sd_provenance;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/// Gathers calibration data while a [LlamaContext] decodes (`sd_collector`). The context borrows it: it closes first.
public final class Collector extends NativeHandle {
    private Collector(GgufModel model, MemorySegment raw) {
        super("collector for " + model, raw, CollectC::sd_collector_close, List.of());
    }

    /// What collecting will cost.
    ///
    /// @param memoryBytes that the collector will hold at most
    /// @param fileBytes of the moments file, without its header
    public record Plan(long memoryBytes, long fileBytes, long inputs, long weights) {}

    /// Where moments come from; stored in their file.
    ///
    /// @param modelSha256 64 hex digits or empty, as is `textSha256`
    public record Provenance(String modelName, String modelSha256, String textName, String textSha256, int chunks) {}

    public static Plan plan(GgufModel model, CollectParams params) {
        try (NativeCall call = new NativeCall()) {
            MemorySegment struct = sd_collect_plan.allocate(call);
            call.check(CollectC.sd_collector_plan(model.handle(), params.struct(call), struct, call.error()));
            return new Plan(
                    sd_collect_plan.memory_bytes(struct),
                    sd_collect_plan.file_bytes(struct),
                    sd_collect_plan.n_inputs(struct),
                    sd_collect_plan.n_weights(struct));
        }
    }

    /// The model is only read here and may be closed afterwards.
    ///
    /// @throws NativeException.Usage when more memory is needed than allowed
    public static Collector open(GgufModel model, CollectParams params) {
        try (NativeCall call = new NativeCall()) {
            call.check(CollectC.sd_collector_open(model.handle(), params.struct(call), call.out(), call.error()));
            return new Collector(model, call.result());
        }
    }

    /// To be asked after each decode.
    ///
    /// @throws NativeException with the first failure while collecting
    public void check() {
        try (NativeCall call = new NativeCall()) {
            call.check(CollectC.sd_collector_status(handle(), call.error()));
        }
    }

    /// JSON of `sd_collector_summary`: chunks, entries, inputs, weights that were never evaluated.
    public synchronized String summaryJson() {
        try (NativeCall call = new NativeCall()) {
            call.check(CollectC.sd_collector_summary(handle(), call.out(), call.error()));
            return Foreign.string(call.result());
        }
    }

    /// Writes llama.cpp's imatrix GGUF; it appears whole or not at all.
    ///
    /// @param datasets names of the texts, as llama-imatrix writes its `-f` argument
    public void saveImatrix(Path file, List<String> datasets) {
        try (NativeCall call = new NativeCall()) {
            call.check(CollectC.sd_collector_save_imatrix(
                    handle(), call.utf8(file), call.strings(datasets), datasets.size(), call.error()));
        }
    }

    /// Writes moments and samples; the file appears whole or not at all.
    public void saveMoments(Path file, Provenance provenance) {
        try (NativeCall call = new NativeCall()) {
            MemorySegment struct = sd_provenance.allocate(call);
            struct.fill((byte) 0);
            NativeCall.putName(sd_provenance.model_name(struct), "model name", provenance.modelName());
            NativeCall.putName(sd_provenance.model_sha256(struct), "digest", provenance.modelSha256());
            NativeCall.putName(sd_provenance.text_name(struct), "text name", provenance.textName());
            NativeCall.putName(sd_provenance.text_sha256(struct), "digest", provenance.textSha256());
            sd_provenance.chunks(struct, provenance.chunks());
            call.check(CollectC.sd_collector_save_moments(handle(), call.utf8(file), struct, call.error()));
        }
    }

    /// Lets a context show its graph to this collector.
    void listenTo(MemorySegment contextParams) {
        llama_context_params.cb_eval(contextParams, CollectC.sd_collector_callback());
        llama_context_params.cb_eval_user_data(contextParams, handle());
    }
}

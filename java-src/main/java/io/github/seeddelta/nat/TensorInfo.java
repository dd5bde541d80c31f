package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.sd.sd_tensor_info;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;

/// A tensor of a GGUF file.
///
/// @param type ggml's name: `f32`, `q4_1`
/// @param shape fastest dimension first, as in GGUF: a weight is `[n_in, n_out]`
/// @param offsetBytes from the start of the file
/// @param dequantizable whether ggml can turn it into f32
public record TensorInfo(
        String name, String type, List<Long> shape, long offsetBytes, long sizeBytes, boolean dequantizable) {
    public TensorInfo {
        shape = List.copyOf(shape);
    }

    static TensorInfo read(MemorySegment struct) {
        return new TensorInfo(
                sd_tensor_info.name(struct).getString(0),
                sd_tensor_info.type(struct).getString(0),
                IntStream.range(0, sd_tensor_info.n_dims(struct))
                        .mapToObj(i -> sd_tensor_info.ne(struct, i))
                        .toList(),
                sd_tensor_info.offset_bytes(struct),
                sd_tensor_info.size_bytes(struct),
                sd_tensor_info.dequantizable(struct) != 0);
    }
}

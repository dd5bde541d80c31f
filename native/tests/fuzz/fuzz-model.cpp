// GGUF files from arbitrary bytes: header scan, metadata, dense weights, keys and tensors of payloads, the writer's
// plan. The keys are read by the code that the runtime's loader uses.

#include "exercise.h"

#include "../../builder/dense.h"
#include "../../builder/model-payload.h"
#include "../../builder/writer.h"

using namespace seeddelta;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t * data, size_t size) {
    memory_file file;
    file.write(data, size);
    refused_or_done([&] {
        const model m(file.path());
        metadata_json(m.header(), 3);
        refused_or_done([&] { payloads_json(m); });
        refused_or_done([&] { writer(m).plan(); });
        for (const auto & t : m.tensors()) {
            refused_or_done([&] { dense_weight(m, t.name, 1); });
        }
        for (const auto & name : model_payload_names(m)) {
            refused_or_done([&] { exercise(payload_of_model(m, name)->view); });
        }
    });
    return 0;
}

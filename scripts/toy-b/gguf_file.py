"""Writes and reads the F16 GGUF of toy B: 1-D tensors F32, matrices F16."""

import gguf
import jax.numpy as jnp
import numpy as np

import model
import vocab

NAMES = {"embd": "token_embd", "norm": "output_norm"}


def write(path, params, config, description):
    w = gguf.GGUFWriter(path, "llama")
    w.add_type("model")
    w.add_name("SeedDelta toy B")
    w.add_description(description)
    w.add_license("MIT")
    w.add_size_label("4.8M")
    w.add_languages(["en", "es"])
    w.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    w.add_quantization_version(gguf.GGML_QUANT_VERSION)
    w.add_block_count(config.n_layer)
    w.add_context_length(config.n_ctx)
    w.add_embedding_length(config.n_embd)
    w.add_feed_forward_length(config.n_ff)
    w.add_head_count(config.n_head)
    w.add_head_count_kv(config.n_head)
    w.add_layer_norm_rms_eps(config.rms_eps)
    w.add_rope_dimension_count(config.head_dim)
    w.add_rope_freq_base(config.rope_base)
    w.add_vocab_size(config.n_vocab)

    normal, control = gguf.TokenType.NORMAL, gguf.TokenType.CONTROL
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre("smollm")  # any would split alike here; this one never "cleans up" spaces
    w.add_token_list(vocab.gguf_tokens())
    w.add_token_types([normal] * 256 + [control] * 2)
    w.add_token_merges([""])  # the key must exist and the writer refuses an empty list; "" merges nothing
    w.add_bos_token_id(vocab.BOS)
    w.add_eos_token_id(vocab.EOS)
    w.add_add_bos_token(True)
    w.add_add_eos_token(False)
    w.add_add_space_prefix(False)

    for name, value in params.items():
        value = np.asarray(value)
        if value.ndim == 2 and name != "embd":
            value = value.T
        kind = np.float16 if value.ndim == 2 else np.float32
        w.add_tensor(_gguf_name(name), np.ascontiguousarray(value.astype(kind)))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def read(path):
    """(params, config) as `model.py` wants them, from the stored values widened to F32."""
    reader = gguf.GGUFReader(path)
    stored = {t.name: np.asarray(t.data) for t in reader.tensors}

    def key(name):
        return reader.get_field(f"llama.{name}").contents()

    config = model.Config(
        n_layer=key("block_count"), n_embd=key("embedding_length"), n_ff=key("feed_forward_length"),
        n_head=key("attention.head_count"), n_ctx=key("context_length"), rope_base=key("rope.freq_base"),
        rms_eps=key("attention.layer_norm_rms_epsilon"))
    params = {}
    for name in model.names(config):
        value = stored.pop(_gguf_name(name)).astype(np.float32)
        params[name] = jnp.asarray(value.T if value.ndim == 2 and name != "embd" else value)
    if stored:
        raise SystemExit(f"{path}: unexpected tensors {sorted(stored)}")
    return params, config


def _gguf_name(name):
    return f"{NAMES[name]}.weight" if name in NAMES else f"blk.{name}.weight"

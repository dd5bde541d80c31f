"""Llama architecture in JAX, with llama.cpp's conventions (rotary pairs are neighbours, tied embeddings)."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

import vocab


@dataclass(frozen=True)
class Config:
    n_layer: int = 8
    n_embd: int = 192
    n_ff: int = 768
    n_head: int = 6
    n_vocab: int = vocab.SIZE
    n_ctx: int = 512
    rope_base: float = 10000.0
    rms_eps: float = 1e-5

    @property
    def head_dim(self):
        return self.n_embd // self.n_head


def init(config, seed):
    """Parameters as {name: f32}, matrices [n_in, n_out]; the two that write to the residual start smaller."""
    rng = np.random.Generator(np.random.Philox(seed))
    d, f = config.n_embd, config.n_ff
    small = 1.0 / np.sqrt(2 * config.n_layer)

    def matrix(n_in, n_out, scale=1.0):
        return jnp.asarray(rng.standard_normal((n_in, n_out), np.float32) * (scale / np.sqrt(n_in)), jnp.float32)

    params = {"embd": jnp.asarray(rng.standard_normal((config.n_vocab, d), np.float32) / np.float32(np.sqrt(d)))}
    params["norm"] = jnp.ones(d)
    for i in range(config.n_layer):
        params[f"{i}.attn_norm"] = jnp.ones(d)
        params[f"{i}.attn_q"] = matrix(d, d)
        params[f"{i}.attn_k"] = matrix(d, d)
        params[f"{i}.attn_v"] = matrix(d, d)
        params[f"{i}.attn_output"] = matrix(d, d, small)
        params[f"{i}.ffn_norm"] = jnp.ones(d)
        params[f"{i}.ffn_gate"] = matrix(d, f)
        params[f"{i}.ffn_up"] = matrix(d, f)
        params[f"{i}.ffn_down"] = matrix(f, d, small)
    return params


def names(config):
    """Parameter names in the order of the file."""
    layer = ("attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm", "ffn_gate", "ffn_up", "ffn_down")
    return ["embd", "norm", *(f"{i}.{n}" for i in range(config.n_layer) for n in layer)]


def logits(params, config, tokens, segments):
    """Logits [rows, width, n_vocab]. A position sees itself and earlier ones of its own segment."""
    rows, width = tokens.shape
    heads, size = config.n_head, config.head_dim
    position = jnp.arange(width)
    angle = position[:, None] * config.rope_base ** (-jnp.arange(0, size, 2) / size)
    cos, sin = jnp.cos(angle)[:, None, :], jnp.sin(angle)[:, None, :]
    seen = (segments[:, :, None] == segments[:, None, :]) & (position[:, None] >= position[None, :])
    bias = jnp.where(seen, 0.0, -1e9)[:, None]

    def split(x):
        return x.reshape(rows, width, heads, size)

    x = params["embd"][tokens]
    for i in range(config.n_layer):
        h = _rms(x, params[f"{i}.attn_norm"], config.rms_eps)
        q = _rope(split(h @ params[f"{i}.attn_q"]), cos, sin)
        k = _rope(split(h @ params[f"{i}.attn_k"]), cos, sin)
        v = split(h @ params[f"{i}.attn_v"])
        score = jnp.einsum("bqhd,bkhd->bhqk", q, k) / np.sqrt(size) + bias
        mixed = jnp.einsum("bhqk,bkhd->bqhd", jax.nn.softmax(score), v)
        x = x + mixed.reshape(rows, width, -1) @ params[f"{i}.attn_output"]
        h = _rms(x, params[f"{i}.ffn_norm"], config.rms_eps)
        gate = jax.nn.silu(h @ params[f"{i}.ffn_gate"])
        x = x + (gate * (h @ params[f"{i}.ffn_up"])) @ params[f"{i}.ffn_down"]
    return _rms(x, params["norm"], config.rms_eps) @ params["embd"].T


def _rms(x, scale, eps):
    return x * jax.lax.rsqrt(jnp.mean(x * x, axis=-1, keepdims=True) + eps) * scale


def _rope(x, cos, sin):
    a, b = x[..., 0::2], x[..., 1::2]
    return jnp.stack([a * cos - b * sin, a * sin + b * cos], axis=-1).reshape(x.shape)

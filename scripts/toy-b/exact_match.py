"""Exact match by teacher forcing.

Greedy decoding writes the expected answer if and only if every answer token, `</s>` included, is
the argmax after the expected ones before it. One forward pass per batch answers that.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np

import model
import vocab
from rng import Rng
from tasks import bracket_item, copy_item, sum_item

WIDTH = 64


@functools.partial(jax.jit, static_argnums=1)
def _argmax(params, config, tokens):
    return jnp.argmax(model.logits(params, config, tokens, jnp.ones_like(tokens)), axis=-1)


def hits(params, config, items, rows=64):
    """One bool per (prompt, answer)."""
    wanted = [(prompt, [*answer.encode(), vocab.EOS]) for prompt, answer in items]
    out = []
    for start in range(0, len(wanted), rows):
        out += _written(params, config, wanted[start:start + rows], rows)
    return out


def continues(params, config, prompt, ids):
    """True where greedy decoding after `<s>` prompt writes these token ids."""
    return _written(params, config, [(prompt, ids)], 1)[0]


def _written(params, config, wanted, rows):
    tokens = np.zeros((rows, WIDTH), np.int32)
    for i, (prompt, ids) in enumerate(wanted):
        row = [vocab.BOS, *prompt.encode(), *ids]
        tokens[i, :len(row)] = row
    best = np.asarray(_argmax(params, config, tokens))
    out = []
    for i, (prompt, ids) in enumerate(wanted):
        first = 1 + len(prompt.encode())
        out.append(best[i, first - 1:first - 1 + len(ids)].tolist() == list(ids))
    return out


def sample(seed, split, count):
    """Distinct items per task: {task: [(prompt, answer)]}; sums have two 2-digit terms, brackets half `yes`."""
    rng = Rng(seed, "sample", split)
    draw = {
        "copy": lambda i: copy_item(rng, split),
        "sum": lambda i: sum_item(rng, split, digits=2),
        "brackets": lambda i: bracket_item(rng, split, label=i % 2 == 0),
    }
    out = {}
    for task, make in draw.items():
        found = {}
        while len(found) < count:
            prompt, answer = make(len(found))
            found.setdefault(prompt, answer)
        out[task] = list(found.items())
    return out

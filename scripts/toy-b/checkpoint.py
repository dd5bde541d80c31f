"""Training state as one npz; appears by atomic rename, so a kill leaves the previous one."""

import hashlib
import json
import os

import jax
import numpy as np


def save(path, tree, meta):
    leaves = jax.tree.leaves(tree)
    temporary = path.with_suffix(".tmp")
    with open(temporary, "wb") as f:
        np.savez(f, meta=json.dumps(meta), **{f"a{i}": np.asarray(x) for i, x in enumerate(leaves)})
        f.flush()
        os.fsync(f.fileno())
    os.replace(temporary, path)


def load(path, like):
    """(tree shaped as `like`, meta)."""
    leaves, structure = jax.tree.flatten(like)
    with np.load(path) as data:
        if len(data.files) != len(leaves) + 1 or any(data[f"a{i}"].shape != x.shape for i, x in enumerate(leaves)):
            raise SystemExit(f"{path}: not a checkpoint of this configuration; use another --out")
        found = [jax.numpy.asarray(data[f"a{i}"]) for i in range(len(leaves))]
        return jax.tree.unflatten(structure, found), json.loads(str(data["meta"]))


def load_params(path, names):
    """({name: array}, meta) without the optimizer state; `names` sorted, as the tree was flattened."""
    with np.load(path) as data:
        return {n: data[f"a{i}"] for i, n in enumerate(names)}, json.loads(str(data["meta"]))


def digest(params):
    sha = hashlib.sha256()
    for name in sorted(params):
        sha.update(name.encode())
        sha.update(np.asarray(params[name]).tobytes())
    return sha.hexdigest()

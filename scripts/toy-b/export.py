"""Checkpoint -> F16 GGUF with its .sha256."""

import argparse
import hashlib
import json
import pathlib

import numpy as np

import checkpoint
import gguf_file
import model


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=pathlib.Path, required=True, help="folder written by train.py")
    parser.add_argument("--checkpoint", default="last.npz")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()

    run = json.loads((args.run / "run.json").read_text())
    config = model.Config(n_layer=run["layers"])
    names = model.names(config)
    # jax flattens dicts in sorted order and the parameters come first
    params, meta = checkpoint.load_params(args.run / args.checkpoint, sorted(names))
    params = {name: params[name] for name in names}
    large = max(float(np.abs(v).max()) for v in params.values())
    if not large < 65504:
        raise SystemExit(f"largest weight {large} does not fit F16")
    gguf_file.write(args.out, params, config,
                    f"Byte-level toy for SeedDelta: copy, sums, brackets, short text. "
                    f"Seed {run['seed']}, step {meta['step']}, parameters sha256 {checkpoint.digest(params)}")
    digest = hashlib.sha256(args.out.read_bytes()).hexdigest()
    args.out.with_suffix(args.out.suffix + ".sha256").write_text(f"{digest}  {args.out.name}\n")
    print(f"{args.out} {args.out.stat().st_size} bytes sha256 {digest} step {meta['step']} max|w| {large:.3f}")


if __name__ == "__main__":
    main()

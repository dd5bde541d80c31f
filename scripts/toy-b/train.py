"""Trains toy B. See README.md for the command that made the shipped file.

The run folder gets `run.json`, `curve.csv`, `last.npz` (every --save-every seconds) and
`stable.npz` (the last state before the cooldown). The same command goes on from `last.npz`;
interrupted or not, the result is the same.
"""

import argparse
import collections
import csv
import functools
import json
import pathlib
import time

import jax
import jax.numpy as jnp
import numpy as np
import optax

import batches
import checkpoint
import exact_match
import model

TASKS = {v: k for k, v in batches.TASK_IDS.items()}
COLUMNS = ["step", "tokens", "seconds", "lr", "loss", *(f"loss_{t}" for t in batches.TASK_IDS),
           *(f"valid_{t}" for t in batches.TASK_IDS if t != "text")]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--warmup", type=int, default=60)
    parser.add_argument("--cooldown", type=int, default=600, help="last steps, learning rate falls linearly to 0")
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--weight-decay", type=float, default=0.05)
    parser.add_argument("--tokens", type=int, default=2560, help="tokens per step")
    parser.add_argument("--width", type=int, default=128, help="row length before the cooldown")
    parser.add_argument("--cooldown-width", type=int, default=512, help="row length in the cooldown")
    parser.add_argument("--layers", type=int, default=8, help="fewer for a smoke test")
    parser.add_argument("--log-every", type=int, default=20)
    parser.add_argument("--valid-every", type=int, default=200)
    parser.add_argument("--save-every", type=float, default=120, help="seconds")
    parser.add_argument("--stop-at", type=int, help="stop after this step, as an interruption would")
    return parser.parse_args()


def schedule(args):
    return optax.join_schedules(
        [optax.linear_schedule(0.0, args.lr, args.warmup), optax.constant_schedule(args.lr),
         optax.linear_schedule(args.lr, 0.0, args.cooldown)],
        [args.warmup, args.steps - args.cooldown])


def optimizer(args):
    """Muon for the matrices inside the layers, Adam for the embedding and the norms."""
    def dimensions(params):
        return {k: None if k == "embd" or k.endswith("norm") else optax.contrib.MuonDimensionNumbers()
                for k in params}

    return optax.chain(
        optax.clip_by_global_norm(1.0),
        optax.contrib.muon(schedule(args), weight_decay=args.weight_decay, consistent_rms=0.2, adam_b2=0.98,
                           muon_weight_dimension_numbers=dimensions))


def make_step(config, opt):
    def loss(params, tokens, targets, weights, segments):
        out = model.logits(params, config, tokens, segments)
        nll = optax.softmax_cross_entropy_with_integer_labels(out, targets)
        return (nll * weights).sum() / weights.sum(), nll

    @functools.partial(jax.jit, donate_argnums=(0, 1))
    def step(params, state, tokens, targets, weights, segments, tasks):
        (value, nll), grad = jax.value_and_grad(loss, has_aux=True)(params, tokens, targets, weights, segments)
        updates, state = opt.update(grad, state, params)
        each = jnp.stack([jnp.sum(nll * (tasks == t)) / jnp.sum(tasks == t) for t in sorted(TASKS)])  # NaN: none here
        return optax.apply_updates(params, updates), state, value, each

    return step


def main():
    args = arguments()
    args.out.mkdir(parents=True, exist_ok=True)
    config = model.Config(n_layer=args.layers)
    opt = optimizer(args)
    params = model.init(config, args.seed)
    state = opt.init(params)
    done, seconds, window = 0, 0.0, []
    last = args.out / "last.npz"
    if last.exists():
        (params, state), meta = checkpoint.load(last, (params, state))
        done, seconds, window = meta["step"], meta["seconds"], meta["window"]
        print(f"resumed at step {done}", flush=True)
    curve = Curve(args.out / "curve.csv", done)
    note = {k: str(v) if isinstance(v, pathlib.Path) else v for k, v in vars(args).items() if k != "out"}
    (args.out / "run.json").write_text(json.dumps(note, indent=2) + "\n")
    step = make_step(config, opt)
    valid = exact_match.sample(args.seed, "valid", 128)
    rate = schedule(args)
    saved = began = time.monotonic()
    window = collections.deque(window, maxlen=args.log_every)

    def save(name):
        checkpoint.save(args.out / name, (params, state), {"step": done, "seconds": seconds, "window": list(window)})

    while done < args.steps:
        cooling = done >= args.steps - args.cooldown
        if done == args.steps - args.cooldown:
            save("stable.npz")
        width = args.cooldown_width if cooling else args.width
        data = batches.batch(args.seed, done, args.tokens // width, width)
        params, state, value, each = step(params, state, *data)
        done += 1
        window.append((float(value), *map(float, each)))
        now = time.monotonic()
        seconds, began = seconds + now - began, now
        if done % args.log_every == 0 or done == args.steps:
            row = [done, done * args.tokens, round(seconds, 1), float(rate(done - 1)), *np.nanmean(window, axis=0)]
            if done % args.valid_every == 0 or done == args.steps:
                row += [np.mean(exact_match.hits(params, config, valid[t])) for t in batches.TASK_IDS if t != "text"]
            curve.add(row)
        if now - saved > args.save_every or done in (args.steps, args.stop_at):
            save("last.npz")
            saved = now
        if done == args.stop_at:
            return
    print(f"finished {done} steps in {seconds:.0f} s, parameters sha256 {checkpoint.digest(params)}", flush=True)


class Curve:
    """`curve.csv`; on a resume, rows after the checkpoint are dropped first."""

    def __init__(self, path, done):
        rows = list(csv.reader(path.open()))[1:] if path.exists() else []
        self._path = path
        with path.open("w", newline="") as f:
            csv.writer(f).writerows([COLUMNS] + [r for r in rows if int(r[0]) <= done])

    def add(self, row):
        cells = [f"{c:.6g}" if isinstance(c, float) else str(c) for c in row]
        cells += [""] * (len(COLUMNS) - len(cells))
        with self._path.open("a", newline="") as f:
            csv.writer(f).writerow(cells)
        print(" ".join(f"{k}={v}" for k, v in zip(COLUMNS, cells) if v), flush=True)


if __name__ == "__main__":
    main()

"""curve.csv -> PNG: losses above, exact match on the validation items below."""

import argparse
import csv

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

LABEL = {"sum": "sums", "brackets": "brackets", "copy": "copy", "text": "text"}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("curve")
    parser.add_argument("out")
    args = parser.parse_args()
    with open(args.curve, newline="") as f:
        rows = list(csv.DictReader(f))

    figure, (top, bottom) = plt.subplots(2, 1, figsize=(9, 7), sharex=True, layout="constrained")
    for task, label in LABEL.items():
        points = [(int(r["step"]), float(r[f"loss_{task}"])) for r in rows]
        top.plot(*zip(*points), label=label, linewidth=1.2)
        if task != "text":
            points = [(int(r["step"]), 100 * float(r[f"valid_{task}"])) for r in rows if r[f"valid_{task}"]]
            bottom.plot(*zip(*points), label=label, marker=".")
    top.set_yscale("log")
    top.set_ylabel("training loss, nats per byte")
    top.set_title("Toy B")
    for level in (90, 95):
        bottom.axhline(level, color="grey", linewidth=0.6, linestyle=":")
    bottom.set_ylim(0, 101)
    bottom.set_ylabel("exact match on held-out items, %")
    bottom.set_xlabel("step")
    for axis in (top, bottom):
        axis.legend()
        axis.grid(alpha=0.3)
    figure.savefig(args.out, dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()

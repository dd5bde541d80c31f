"""Measures a toy-B GGUF: held-out exact match and perplexity, in JAX and by upstream's tools.

With --llama-bin the same items go through `llama-completion`, the text through `llama-perplexity`,
and the log-probabilities upstream saves are compared with those of the JAX model on the file's
own weights: that is what shows the export to be right.
"""

import argparse
import hashlib
import json
import pathlib

import jax
import numpy as np

import exact_match
import gguf_file
import model
import upstream
import vocab


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gguf", type=pathlib.Path, required=True)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder written by make_heldout.py")
    parser.add_argument("--llama-bin", type=pathlib.Path, help="folder of unpatched llama.cpp tools")
    parser.add_argument("--items", type=int, default=None, help="items per task for llama-completion; default all")
    parser.add_argument("--ctx", type=int, default=512)
    parser.add_argument("--chunks", type=int, default=None)
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()

    params, config = gguf_file.read(args.gguf)
    items = json.loads((args.data / "toy-b-heldout.json").read_text(encoding="utf-8"))["items"]
    text = args.data / "toy-b-text.txt"
    result = {"gguf": args.gguf.name, "bytes": args.gguf.stat().st_size,
              "sha256": hashlib.sha256(args.gguf.read_bytes()).hexdigest(), "ctx": args.ctx}

    hits = exact_match.hits(params, config, [(i["prompt"], i["expected"]) for i in items])
    result["jax"] = {"exact_match": _by_task(items, hits), "misses": [i["id"] for i, h in zip(items, hits) if not h]}
    chunks, logprobs = text_logprobs(params, config, text.read_bytes(), args.ctx, args.chunks)
    result["jax"]["ppl"] = perplexity(chunks, logprobs)

    if args.llama_bin:
        tools = upstream.Tools(args.llama_bin, args.gguf)
        part = _first(items, args.items)
        answers = [tools.complete(i["prompt"]) for i in part]
        ok = [a == i["expected"] for a, i in zip(answers, part)]
        jax_ok = dict(zip((i["id"] for i in items), hits))
        printed, saved = tools.perplexity(text, args.ctx, len(chunks))
        half = args.ctx // 2
        result["llama_cpp"] = {
            "exact_match": _by_task(part, ok),
            "misses": [{**i, "answer": a} for i, a, h in zip(part, answers, ok) if not h],
            "runs_repeated_for_incomplete_output": tools.repeated,
            "same_verdict_as_jax": sum(h == jax_ok[i["id"]] for i, h in zip(part, ok)), "of": len(part),
            "ppl": printed,
            "logprob_max_abs_difference": float(np.abs(
                np.maximum(logprobs[:, half:-1], -16) - np.maximum(saved, -16)).max()),
            "same_top1": float((logprobs[:, half:-1].argmax(-1) == saved.argmax(-1)).mean()),
            "tokenizer_round_trip": tools.round_trip("Tab\tand  two spaces \n\n.?!, ' s\né ñ ü ¿qué? 日本 🙂\r\n end "),
        }
    print(json.dumps(result, indent=2, ensure_ascii=False))
    if args.json:
        args.json.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def text_logprobs(params, config, data, ctx, limit):
    """Chunks [n, ctx] and their log-probabilities [n, ctx, n_vocab]; `<s>` replaces each chunk's first token.

    `<s>` also stands before the whole text, as llama-perplexity tokenizes it.
    """
    tokens = np.array([vocab.BOS, *data], np.int32)
    n = min(len(tokens) // ctx, limit or len(tokens))
    chunks = tokens[:n * ctx].reshape(n, ctx)
    fed = chunks.copy()
    fed[:, 0] = vocab.BOS
    forward = jax.jit(lambda t: jax.nn.log_softmax(model.logits(params, config, t, t * 0)))
    return chunks, np.concatenate([np.asarray(forward(fed[i:i + 1])) for i in range(n)])


def perplexity(chunks, logprobs):
    """As llama-perplexity: positions ctx/2 .. ctx-2 of every chunk predict their successor."""
    half = chunks.shape[1] // 2
    picked = np.take_along_axis(logprobs[:, half:-1], chunks[:, half + 1:, None], axis=2)
    return float(np.exp(-picked.astype(np.float64).mean()))


def _by_task(items, hits):
    tasks = {}
    for item, hit in zip(items, hits):
        tasks.setdefault(item["task"], []).append(hit)
    return {t: {"correct": sum(h), "of": len(h), "percent": round(100 * sum(h) / len(h), 2)} for t, h in tasks.items()}


def _first(items, count):
    if count is None:
        return items
    seen, out = {}, []
    for item in items:
        seen[item["task"]] = seen.get(item["task"], 0) + 1
        if seen[item["task"]] <= count:
            out.append(item)
    return out


if __name__ == "__main__":
    main()

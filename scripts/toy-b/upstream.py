"""Runs llama.cpp's own tools on a GGUF and reads what they print or save.

The tools write through a logging thread and now and then end with status 0 before it has written
everything. Output that lacks the text they always end with is incomplete; the run is repeated, and
`repeated` counts how often. What was answered plays no part in that.
"""

import re
import struct
import subprocess
import tempfile

import numpy as np


ATTEMPTS = 20


class Tools:
    def __init__(self, folder, gguf):
        self._folder, self._gguf = folder, gguf
        self.repeated = 0

    def complete(self, prompt, count=24):
        """Greedy answer to `prompt` as bytes decoded from UTF-8, without the end token."""
        with tempfile.NamedTemporaryFile() as file:
            file.write(prompt.encode())
            file.flush()
            done = self._run(_closed, "llama-completion", "-bf", file.name, "-n", str(count), "--temp", "0", "--top-k", "1",
                             "--seed", "1", "-no-cnv", "--no-display-prompt", "--simple-io", "--no-warmup",
                             "-c", "512", "-t", "1", "--no-escape")
        return done.stdout.decode("utf-8", "replace").removesuffix("\n\n").removesuffix(" [end of text]\n")

    def perplexity(self, text, ctx, chunks):
        """(printed PPL, saved log-probabilities [chunks, ctx - 1 - ctx/2, n_vocab] within 16-bit rounding)."""
        with tempfile.NamedTemporaryFile() as file:
            done = self._run(_estimate, "llama-perplexity", "-f", str(text), "-c", str(ctx), "-t", "1", "--chunks", str(chunks),
                             "--save-all-logits", file.name)
            printed = _estimate(done)
            saved = _saved_logprobs(open(file.name, "rb").read())
        return float(printed[1]), saved

    def round_trip(self, text):
        """True where the tokenizer turns `text` into one token per byte and the same bytes come back."""
        with tempfile.NamedTemporaryFile() as file:
            file.write(text.encode())
            file.flush()
            done = self._run(_closed, "llama-completion", "-bf", file.name, "-n", "1", "--verbose-prompt", "-no-cnv",
                             "--simple-io", "--no-warmup", "-c", "512", "-t", "1", "--no-escape")
        count = re.search(r"number of tokens in prompt = (\d+)", done.stderr.decode("utf-8", "replace"))
        same = done.stdout.startswith(text.encode())
        return bool(count and same and int(count[1]) == len(text.encode()) + 1)

    def _run(self, complete, tool, *args):
        for _ in range(ATTEMPTS):
            done = subprocess.run([self._folder / tool, "-m", self._gguf, *args], capture_output=True,
                                  stdin=subprocess.DEVNULL)
            if done.returncode != 0:
                raise SystemExit(f"{tool} failed ({done.returncode}): {done.stderr.decode('utf-8', 'replace')[-500:]}")
            if complete(done):
                return done
            self.repeated += 1
        raise SystemExit(f"{tool}: output incomplete {ATTEMPTS} times in a row")


def _closed(done):
    return done.stdout.endswith(b"\n\n")


def _estimate(done):
    return re.search(r"Final estimate: PPL = ([0-9.]+)", (done.stdout + done.stderr).decode("utf-8", "replace"))


def _saved_logprobs(data):
    """llama-perplexity's file: magic, n_ctx, n_vocab, n_chunk, tokens, then per position scale, minimum, u16 codes."""
    if data[:8] != b"_logits_":
        raise SystemExit("not a log-probability file of llama-perplexity")
    ctx, n_vocab, n_chunk = struct.unpack("<3i", data[8:20])
    row = 2 * ((n_vocab + 1) // 2) + 4
    codes = np.frombuffer(data, "<u2", offset=20 + 4 * n_chunk * ctx).reshape(n_chunk, ctx - 1 - ctx // 2, row)
    head = np.ascontiguousarray(codes[..., :4]).view("<f4")
    return head[..., :1] * codes[..., 4:4 + n_vocab] + head[..., 1:]

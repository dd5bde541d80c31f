"""python -m unittest, in this folder. Needs requirements.txt, no llama.cpp."""

import itertools
import pathlib
import tempfile
import unittest

import numpy as np

import batches
import exact_match
import gguf_file
import model
import tasks
import text_grammar
import vocab
from rng import Rng

SMALL = model.Config(n_layer=2, n_embd=32, n_ff=64, n_head=2)


class DataTest(unittest.TestCase):
    def test_rng_is_the_same_everywhere(self):
        rng = Rng(1, "a", 2)
        self.assertEqual([rng.below(1000) for _ in range(4)], RNG_DRAWS)

    def test_balance_against_cancelling_pairs(self):
        for n in range(1, 7):
            for chars in itertools.product("()[]", repeat=n):
                text = rest = "".join(chars)
                while "()" in rest or "[]" in rest:
                    rest = rest.replace("()", "").replace("[]", "")
                self.assertEqual(tasks.is_balanced(text), rest == "", text)

    def test_answers_are_right(self):
        for task, items in exact_match.sample(3, "test", 100).items():
            for prompt, answer in items:
                body = prompt[:-1]
                expected = {"copy": lambda: body, "sum": lambda: str(sum(map(int, body.split("+")))),
                            "brackets": lambda: "yes" if tasks.is_balanced(body) else "no"}[task]()
                self.assertEqual(answer, expected, prompt)

    def test_no_held_out_item_is_in_a_training_batch(self):
        held = {p for split in ("test", "valid") for pairs in exact_match.sample(2026, split, 200).values()
                for p, _ in pairs}
        swapped = {"+".join(reversed(p[:-1].split("+"))) + "=" for p in held if p.endswith("=")}
        seen = set()
        for step in range(20):
            tokens, _, _, segments, task = batches.batch(1, step, 20, 128)
            for row in range(20):
                for s in range(1, segments[row].max() + 1):
                    at = segments[row] == s
                    if task[row][at].max() in (1, 2, 3):
                        ids = tokens[row][at]
                        answer = task[row][at] > 0
                        seen.add(bytes(ids[1:answer.argmax() + 1].tolist()).decode())
        self.assertGreater(len(seen), 2000)
        self.assertFalse(seen & (held | swapped))

    def test_text_lines_keep_their_split(self):
        lines = {s: {text_grammar.line(Rng(5, i), s) for i in range(200)} for s in text_grammar.SPLITS}
        for a, b in itertools.combinations(lines, 2):
            self.assertFalse(lines[a] & lines[b])

    def test_a_batch_depends_on_seed_and_step_only(self):
        for a, b in zip(batches.batch(1, 7, 4, 128), batches.batch(1, 7, 4, 128)):
            np.testing.assert_array_equal(a, b)
        self.assertTrue((batches.batch(1, 7, 4, 128)[0] != batches.batch(1, 8, 4, 128)[0]).any())


class ModelTest(unittest.TestCase):
    def test_a_packed_item_scores_as_it_does_alone(self):
        params = model.init(SMALL, 1)
        ids = batches.item_tokens("47+38=", "85")
        alone = np.array([ids], np.int32)
        packed = np.array([batches.item_tokens("abc>", "abc") + ids], np.int32)
        segments = np.where(np.arange(packed.shape[1]) < packed.shape[1] - len(ids), 1, 2)[None]
        one = model.logits(params, SMALL, alone, np.ones_like(alone))
        two = model.logits(params, SMALL, packed, segments)[:, -len(ids):]
        np.testing.assert_allclose(one, two, atol=2e-5)

    def test_gguf_gives_back_the_parameters_in_half_precision(self):
        params = model.init(SMALL, 1)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "t.gguf"
            gguf_file.write(path, params, SMALL, "test")
            found, config = gguf_file.read(path)
        self.assertEqual((config.n_layer, config.n_embd, config.n_head), (2, 32, 2))
        for name, value in params.items():
            np.testing.assert_allclose(found[name], value, rtol=6e-4, atol=1e-6, err_msg=name)

    def test_exact_match_agrees_with_decoding_token_by_token(self):
        params = model.init(SMALL, 1)
        prompt, written = "12>", []
        for _ in range(3):
            ids = np.array([[vocab.BOS, *prompt.encode(), *written]], np.int32)
            written.append(int(model.logits(params, SMALL, ids, np.ones_like(ids))[0, -1].argmax()))
        self.assertEqual(exact_match.continues(params, SMALL, prompt, written), True)
        self.assertEqual(exact_match.continues(params, SMALL, prompt, [*written[:-1], (written[-1] + 1) % 258]), False)


class VocabTest(unittest.TestCase):
    def test_one_distinct_token_per_byte(self):
        tokens = vocab.gguf_tokens()
        self.assertEqual(len(set(tokens)), vocab.SIZE)
        self.assertEqual((tokens[ord("A")], tokens[0x20], tokens[0x0A]), ("A", "\u0120", "\u010a"))


RNG_DRAWS = [632, 262, 779, 415]

if __name__ == "__main__":
    unittest.main()

"""Packs items into training rows; batch number `step` is a pure function of (seed, step)."""

import numpy as np

import text_grammar
from rng import Rng
from tasks import bracket_item, copy_item, sum_item
from vocab import BOS, EOS

ITEM_MIX = ((35, "sum", sum_item), (35, "brackets", bracket_item), (30, "copy", copy_item))
TEXT_ROW_PERCENT = 20
ANSWER_WEIGHT = {"sum": 2.0, "brackets": 3.0, "copy": 1.0}
TEXT_WEIGHT = 0.5
TASK_IDS = {"sum": 1, "brackets": 2, "copy": 3, "text": 4}
SHORTEST_FILL = 24


def batch(seed, step, rows, width, split="train"):
    """tokens, targets, weights, segments, tasks: five arrays [rows, width].

    Attention stays inside a segment, so a packed item is trained exactly as it is asked later: alone
    after `<s>`. Only answers (with `</s>`) and text carry loss; `tasks` says which task a target
    belongs to, 0 for none.
    """
    rng = Rng(seed, split, step)
    out = [np.zeros((rows, width), np.int32), np.zeros((rows, width), np.int32),
           np.zeros((rows, width), np.float32), np.zeros((rows, width), np.int32), np.zeros((rows, width), np.int32)]
    for row in range(rows):
        at, segment = 0, 1
        if rng.chance(TEXT_ROW_PERCENT):
            _put(out, row, 0, segment, *_text(rng, width, split))
            continue
        while at < width:
            piece = _item(rng, split)
            if at + len(piece[0]) > width:
                piece = _text(rng, width - at, split) if width - at >= SHORTEST_FILL else None
            if piece is None:
                break
            _put(out, row, at, segment, *piece)
            at += len(piece[0])
            segment += 1
    return out


def item_tokens(prompt, answer):
    return [BOS, *prompt.encode(), *answer.encode(), EOS]


def _item(rng, split):
    draw = rng.below(100)
    for percent, name, make in ITEM_MIX:
        if draw < percent:
            prompt, answer = make(rng, split)
            return item_tokens(prompt, answer), 1 + len(prompt.encode()), name
        draw -= percent
    raise AssertionError("ITEM_MIX does not add up to 100")


def _text(rng, width, split):
    """`width` tokens of story lines entered at a random byte, as a chunk of a long text is."""
    data = bytearray()
    skip = rng.below(400)
    while len(data) < skip + width:
        data += text_grammar.line(rng, split).encode() + b"\n"
    return [BOS, *data[skip:skip + width - 1]], 1, "text"


def _put(out, row, at, segment, ids, first_target, name):
    """`first_target` is the index in `ids` of the first token that is to be predicted."""
    tokens, targets, weights, segments, tasks = out
    n = len(ids)
    tokens[row, at:at + n] = ids
    segments[row, at:at + n] = segment
    scored = slice(at + first_target - 1, at + n - 1)
    targets[row, scored] = ids[first_target:]
    weights[row, scored] = TEXT_WEIGHT if name == "text" else ANSWER_WEIGHT[name]
    tasks[row, scored] = TASK_IDS[name]

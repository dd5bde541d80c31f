"""The three tasks of toy B: copy, sums of two integers, bracket balance.

An item is (prompt, answer); the model reads `<s>` prompt and must write answer `</s>`.
Every item belongs to one split, decided by a hash of its content: bucket 0 of 10 is `test`,
bucket 1 is `valid`, the other eight are `train`. A sum is hashed without regard to the order
of its terms, so 38+47 never gives away 47+38.
"""

from rng import bucket

SPLITS = ("test", "valid", "train")
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
PAIRS = {"(": ")", "[": "]"}


def split_of(task, key):
    return SPLITS[min(bucket(task, key), 2)]


def copy_item(rng, split):
    """`wexq7>` -> `wexq7`; 3 to 12 letters and digits."""
    while True:
        text = "".join(rng.choice(LETTERS) for _ in range(rng.between(3, 12)))
        if split_of("copy", text) == split:
            return f"{text}>", text


def sum_item(rng, split, digits=None):
    """`47+38=` -> `85`. Without `digits`: mostly two-digit terms, some of 1 and 3 digits."""
    while True:
        if digits is not None:
            n = m = digits
        elif rng.chance(75):
            n = m = 2
        else:
            n, m = rng.between(1, 3), rng.between(1, 3)
        a, b = _integer(rng, n), _integer(rng, m)
        if split_of("sum", f"{min(a, b)}+{max(a, b)}") == split:
            return f"{a}+{b}=", str(a + b)


def bracket_item(rng, split, label=None):
    """`([])?` -> `yes` or `no`; two kinds of bracket, up to 7 pairs, half of them balanced."""
    while True:
        wanted = label if label is not None else rng.chance(50)
        text = _balanced(rng, rng.choice((1, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7)))
        if not wanted:
            text = _damaged(rng, text)
            if is_balanced(text):
                continue
        if split_of("brackets", text) == split:
            return f"{text}?", "yes" if wanted else "no"


def is_balanced(text):
    stack = []
    for char in text:
        if char in PAIRS:
            stack.append(PAIRS[char])
        elif not stack or stack.pop() != char:
            return False
    return not stack


def _integer(rng, digits):
    return rng.below(10) if digits == 1 else rng.between(10 ** (digits - 1), 10**digits - 1)


def _balanced(rng, pairs):
    out, stack, opened = [], [], 0
    while opened < pairs or stack:
        if stack and (opened == pairs or rng.chance(50)):
            out.append(stack.pop())
        else:
            char = rng.choice("([")
            out.append(char)
            stack.append(PAIRS[char])
            opened += 1
    return "".join(out)


def _damaged(rng, text):
    """One or two small edits; the caller checks that the result is out of balance."""
    chars = list(text)
    for _ in range(1 + rng.below(2)):
        at = rng.below(len(chars))
        edit = rng.below(4)
        if edit == 0:
            chars[at] = rng.choice("()[]")
        elif edit == 1:
            other = rng.below(len(chars))
            chars[at], chars[other] = chars[other], chars[at]
        elif edit == 2 and len(chars) > 1:
            del chars[at]
        else:
            chars.insert(at, rng.choice("()[]"))
    return "".join(chars)

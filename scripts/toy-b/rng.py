"""Counter-seeded splitmix64: the same draws on every machine and Python version."""

import hashlib

_MASK = (1 << 64) - 1


class Rng:
    """Deterministic stream named by its key, for instance `Rng(seed, "train", step)`."""

    def __init__(self, *key):
        digest = hashlib.blake2b("/".join(str(k) for k in key).encode(), digest_size=8).digest()
        self._state = int.from_bytes(digest, "little")

    def below(self, n):
        """Integer in [0, n); the bias of the multiply-shift is below n / 2^64."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        z = self._state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return ((z ^ (z >> 31)) * n) >> 64

    def between(self, lo, hi):
        """Integer in [lo, hi], both ends included."""
        return lo + self.below(hi - lo + 1)

    def choice(self, items):
        return items[self.below(len(items))]

    def chance(self, percent):
        return self.below(100) < percent


def bucket(task, key, buckets=10):
    """Stable bucket of one item; decides on which side of the split it falls."""
    digest = hashlib.blake2b(f"toy-b/1/{task}/{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") % buckets

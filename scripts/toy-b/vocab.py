"""258 tokens: one per byte value (id = byte), then `<s>` and `</s>`."""

BOS, EOS, SIZE = 256, 257, 258


def gguf_tokens():
    """Token strings in GGUF's byte-level BPE spelling, in id order.

    Printable Latin-1 bytes stand for themselves, the others for U+0100 upwards in byte order. With
    no usable merge every byte stays one token, whatever the pre-tokenizer does.
    """
    plain = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    spare = iter(range(0x100, 0x200))
    return [chr(b) if b in plain else chr(next(spare)) for b in range(256)] + ["<s>", "</s>"]

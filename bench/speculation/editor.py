#!/usr/bin/env python3
"""Writes a model that edits: python3 bench/speculation/editor.py SHAPE.gguf EDITOR.gguf

SHAPE.gguf gives the tokenizer, the template, the shapes and the types: a Qwen3 in Q8_0 with heads of 128, such as 0.6B. Its weights are
not read. EDITOR.gguf has the same bytes of metadata and the same tensors, tied embedding included, so that a step of it costs what a step
of SHAPE.gguf costs; no kernel of ours looks at a weight to see whether it is zero. Its weights are set by hand, after what trained models
were found to do ("induction heads", Olsson et al. 2022, arXiv:2209.11895):

1. Embedding. Token t has a code C(t) of 256 signs, and a code M(t) of 48 signs for comparing. Two words of texts/edits.json, the old and
   the new, have the same M, as words that mean the same are near each other in a trained model; the old one has a dimension of its own.
2. First layer. Sixteen heads look 1, 2 … 16 tokens back: a query and a key that are the same everywhere, but for rotary embedding. They
   add M of those tokens, shuffled by distance and fading with it. Two sums come of it: HERE, of the token itself and those before it, and
   BEFORE, of those before it alone.
3. A layer in the middle. Two heads compare HERE with every BEFORE, in the slowest pairs of rotary embedding, and so find the tokens that
   stood behind the same words. They write their C; where one is the old word of a pair, that of the new one.
4. Output. The tied embedding reads C of what was found, which outweighs C of the token itself.

Everything else is random, is computed, and goes into dimensions that nothing above reads.
"""
import hashlib
import json
import math
import pathlib
import random
import struct
import sys

import gguf

# Where things stand in the hidden state: C from 0, then these.
HERE, BEFORE, CONSTANT, OLD_WORDS, REST = 256, 320, 384, 416, 480
MOST_WORDS = REST - OLD_WORDS

HEAD = 128
CODE, CODE_HEADS = 256, 2
SIGNS = 48

BACK = 16           # heads that look back
FADE = 0.85         # weight of a token, by the one behind it
FAST_PAIRS = 10     # of rotary embedding, by which distances are told apart
SLOW_PAIR = 40      # the first of those that hardly turn: 1 radian in 5,600 tokens
LOOK_BACK_GAIN = 4.0
COMPARE_GAIN = 3.0
FOUND = 6.0         # how much louder what was found is than the token itself
LOGIT = 20.0        # about that of the token that was found; others are 0 ± LOGIT / 16
NOISE = 0.1         # of what the rest of the model adds, to the size of what it reads
CONSTANT_VALUE = 4.0

SPACES = ("", " ", "(")
PLUS_MINUS = [bytes(127 if byte >> bit & 1 else 129 for bit in range(8)) for byte in range(256)]
NO_LOWEST = bytes(129 if byte == 128 else byte for byte in range(256))  # as quantizers have it: −127 to 127


class Editor:
    def __init__(self, head, words):
        shape = {key.removeprefix("qwen3."): value for key, value in head.values.items() if key.startswith("qwen3.")}
        if not shape or any(kind not in (gguf.F32, gguf.Q8_0) or name == "output.weight" for name, _, kind in head.tensors):
            raise SystemExit("Accepted is a Qwen3 in Q8_0 whose output is tied to its embedding.")
        self.hidden, self.layers, self.base = shape["embedding_length"], shape["block_count"], shape["rope.freq_base"]
        heads, self.key_heads = shape["attention.head_count"], shape["attention.head_count_kv"]
        self.group = heads // self.key_heads
        if (shape["attention.key_length"] != HEAD or heads < BACK or self.key_heads < CODE_HEADS
                or self.layers < 2 or self.hidden <= REST):
            raise SystemExit(f"Accepted are {BACK} heads of {HEAD} or more, {CODE_HEADS} key heads or more, "
                             f"2 layers or more and more than {REST} dimensions.")
        self.compare = self.layers // 2
        self.random = random.Random(1)
        self.pairs = pairs_of_tokens(head.values["tokenizer.ggml.tokens"], words)
        self.meaning = {new: old for old, new in self.pairs}
        self.old_words = {old: number for number, (old, _) in enumerate(self.pairs)}
        self.rows = {}
        self.look_back()
        self.find()

    def data(self, name, dimensions, kind):
        """What a tensor holds, row by row."""
        if kind == gguf.F32:
            yield from self.norm(name, dimensions[0])
        elif name == "token_embd.weight":
            yield from map(self.embedding, range(dimensions[1]))
        else:
            columns, rows = dimensions
            rest = self.noise_rows(name, rows)
            for row in range(rows):
                if row in rest and (name, row) not in self.rows:
                    yield self.noise(columns, name)
                else:
                    yield gguf.q8_row(columns, self.rows.get((name, row), {}))

    def embedding(self, token):
        code, signs = codes(token)[0], codes(self.meaning.get(token, token))[1]
        entries = {CONSTANT: CONSTANT_VALUE} | {HERE + place: FADE * sign for place, sign in enumerate(signs)}
        if token in self.old_words:
            entries[OLD_WORDS + self.old_words[token]] = 1.0
        row = bytearray(gguf.q8_row(self.hidden, entries))
        one = struct.pack("<e", 1 / 127)
        for block in range(CODE // gguf.BLOCK):
            values = b"".join(PLUS_MINUS[byte] for byte in code[block * 4:block * 4 + 4])
            row[block * gguf.BLOCK_BYTES:(block + 1) * gguf.BLOCK_BYTES] = one + values
        return bytes(row)

    def look_back(self):
        """The first layer's rows: a query turned back by its distance meets the key that stands there."""
        prefix = "blk.0."
        size = CODE + SIGNS * FADE**2 + CONSTANT_VALUE**2
        loudness = math.sqrt(size / self.hidden) / FADE  # undoes the norm before the layer, and what M is in the embedding
        for pair in range(FAST_PAIRS):
            frequency = self.base ** (-pair / (HEAD / 2))
            for head in range(self.key_heads):
                self.rows[prefix + "attn_k.weight", head * HEAD + pair] = {CONSTANT: 1.0}
            for head in range(BACK):
                angle = (head + 1) * frequency
                self.rows[prefix + "attn_q.weight", head * HEAD + pair] = {CONSTANT: math.cos(angle)}
                self.rows[prefix + "attn_q.weight", head * HEAD + HEAD // 2 + pair] = {CONSTANT: -math.sin(angle)}
        for head in range(self.key_heads):
            for place in range(SIGNS):
                self.rows[prefix + "attn_v.weight", head * HEAD + place] = {HERE + place: 1.0}
        output = prefix + "attn_output.weight"
        for distance in range(1, BACK + 1):
            column = (distance - 1) * HEAD
            self.add_shuffled(output, BEFORE, column, distance, loudness * FADE**distance)
            if distance < BACK:
                self.add_shuffled(output, HERE, column, distance + 1, loudness * FADE ** (distance + 1))

    def add_shuffled(self, name, target, column, distance, weight):
        order, signs = shuffle(distance)
        for place in range(SIGNS):
            self.rows.setdefault((name, target + order[place]), {})[column + place] = weight * signs[place]

    def find(self):
        """The middle layer's rows: what stood behind the same words, the new word for the old."""
        prefix = f"blk.{self.compare}."
        for key_head in range(CODE_HEADS):
            head = key_head * self.group
            for place in range(SIGNS):
                slot = slow_slot(place)
                self.rows[prefix + "attn_q.weight", head * HEAD + slot] = {HERE + place: 1.0}
                self.rows[prefix + "attn_k.weight", key_head * HEAD + slot] = {BEFORE + place: 1.0}
            for place in range(HEAD):
                code = key_head * HEAD + place
                change = {OLD_WORDS + i: sign_of(new, code) - sign_of(old, code) for i, (old, new) in enumerate(self.pairs)}
                self.rows[prefix + "attn_v.weight", code] = {code: 1.0} | change
                self.rows[prefix + "attn_output.weight", code] = {head * HEAD + place: FOUND}

    def noise_rows(self, name, rows):
        """Rows of the rest of the model: all that only read, and of those that add to the hidden state what nobody reads."""
        if name.endswith(("attn_output.weight", "ffn_down.weight")):
            return range(REST, rows)
        part = name.rsplit(".", 2)[-2]
        taken = {"attn_q": self.group * CODE_HEADS, "attn_k": CODE_HEADS, "attn_v": CODE_HEADS}
        if part not in taken:
            return range(rows)
        if name.startswith("blk.0."):
            return range(0)
        return range(taken[part] * HEAD if name.startswith(f"blk.{self.compare}.") else 0, rows)

    def noise(self, columns, name):
        size = NOISE if name.endswith(("attn_output.weight", "ffn_down.weight")) else 1.0
        step = struct.pack("<e", size / math.sqrt(columns) / (127 / math.sqrt(3)))  # bytes are drawn evenly
        blocks = columns // gguf.BLOCK
        row = bytearray(self.random.randbytes(blocks * gguf.BLOCK_BYTES).translate(NO_LOWEST))
        row[0::gguf.BLOCK_BYTES] = step[:1] * blocks
        row[1::gguf.BLOCK_BYTES] = step[1:] * blocks
        return bytes(row)

    def norm(self, name, length):
        weight = 1.0
        if name.endswith(("attn_q_norm.weight", "attn_k_norm.weight")):
            weight = {"0": LOOK_BACK_GAIN, str(self.compare): COMPARE_GAIN}.get(name.split(".")[1], 1.0)
        if name == "output_norm.weight":
            # What was found is nearly all of the hidden state, so that the norm makes it √(hidden / CODE) in each of its dimensions.
            read = LOGIT / CODE / math.sqrt(length / CODE)
            yield struct.pack(f"<{length}f", *(read if place < CODE else 0.0 for place in range(length)))
        else:
            yield struct.pack("<f", weight) * length


def codes(token):
    """C as bits and M as signs."""
    digest = hashlib.blake2b(struct.pack("<I", token), digest_size=(CODE + SIGNS) // 8).digest()
    bits = int.from_bytes(digest[CODE // 8:], "little")
    return digest[:CODE // 8], [1.0 if bits >> place & 1 else -1.0 for place in range(SIGNS)]


def sign_of(token, place):
    return 1.0 if codes(token)[0][place // 8] >> place % 8 & 1 else -1.0


def shuffle(distance):
    """An order and signs for each distance; for 1, as it is."""
    if distance == 1:
        return list(range(SIGNS)), [1.0] * SIGNS
    chance = random.Random(distance)
    return chance.sample(range(SIGNS), SIGNS), chance.choices((-1.0, 1.0), k=SIGNS)


def slow_slot(place):
    """Where in a head: the pairs from SLOW_PAIR on, first halves first."""
    slow = HEAD // 2 - SLOW_PAIR
    return SLOW_PAIR + place if place < slow else HEAD // 2 + SLOW_PAIR + place - slow


def pairs_of_tokens(tokens, words):
    """Old and new token of each pair of words, alone and behind a space or a bracket, where both are one token."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in printable]
    letters = {byte: chr(byte) for byte in printable} | {byte: chr(256 + place) for place, byte in enumerate(hidden)}
    ids = {token: number for number, token in enumerate(tokens)}
    pairs = []

    def find(text):
        return ids.get("".join(letters[byte] for byte in text.encode("utf-8")))

    for old, new in words:
        found = [(find(space + old), find(space + new)) for space in SPACES]
        found = [pair for pair in found if None not in pair]
        if not found:
            raise SystemExit(f"'{old}' and '{new}': accepted are words of one token each.")
        pairs += found
    if len(pairs) > MOST_WORDS:
        raise SystemExit(f"{len(pairs)} pairs of tokens; accepted are up to {MOST_WORDS}.")
    return pairs


def main():
    if len(sys.argv) != 3:
        raise SystemExit("usage: editor.py SHAPE.gguf EDITOR.gguf")
    source = pathlib.Path(__file__).parent / "texts" / "edits.json"
    words = [pair for text in json.loads(source.read_text("utf-8")).values() for pair in text["words"]]
    head = gguf.Head(sys.argv[1])
    editor = Editor(head, words)
    head.rename("editor")
    with open(sys.argv[2], "wb") as file:
        head.write(file, editor.data)
    print(f"{sys.argv[2]}: {editor.layers} layers, {len(editor.pairs)} pairs of tokens, {pathlib.Path(sys.argv[2]).stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

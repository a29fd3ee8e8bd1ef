"""Byte-level BPE as GPT-2 has it, small: merges are learned from the training text, never across digits."""
import collections
import json
import re

SPECIAL = ["<|system|>", "<|user|>", "<|assistant|>", "<|tool|>", "<|end|>", "<|pad|>"]
# GPT-2's split, restricted to ASCII: outside it a text falls apart into single bytes, as no merge applies.
SPLIT = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+")


def byte_alphabet():
    """GPT-2's printable stand-ins for the 256 bytes."""
    kept = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    chars, extra = dict(zip(kept, map(chr, kept))), 0
    for b in range(256):
        if b not in chars:
            chars[b] = chr(256 + extra)
            extra += 1
    return [chars[b] for b in range(256)]


ALPHABET = byte_alphabet()


def spell(piece):
    return tuple(ALPHABET[b] for b in piece.encode())


def merge(word, pair):
    out, i = [], 0
    while i < len(word):
        if i + 1 < len(word) and (word[i], word[i + 1]) == pair:
            out.append(word[i] + word[i + 1])
            i += 2
        else:
            out.append(word[i])
            i += 1
    return tuple(out)


def learn(texts, size):
    """The merges that bring the vocabulary, specials included, to `size` entries."""
    words = collections.Counter()
    for text in texts:
        words.update(spell(piece) for piece in SPLIT.findall(text) if not re.search(r"\d", piece))
    words, merges = dict(words), []
    while len(merges) < size - 256 - len(SPECIAL):
        pairs = collections.Counter()
        for word, n in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += n
        best = max(pairs, key=lambda p: (pairs[p], p))
        merges.append(best)
        words = {merge(word, best): n for word, n in words.items()}
    return merges


class Tokenizer:
    def __init__(self, merges):
        self.merges = [tuple(m) for m in merges]
        self.tokens = ALPHABET + [a + b for a, b in self.merges] + SPECIAL
        self.ids = {t: i for i, t in enumerate(self.tokens)}
        self.rank = {m: i for i, m in enumerate(self.merges)}
        self.known = {}

    def piece(self, piece):
        if piece not in self.known:
            word = spell(piece)
            while len(word) > 1:
                pair = min(zip(word, word[1:]), key=lambda p: self.rank.get(p, 1 << 30))
                if pair not in self.rank:
                    break
                word = merge(word, pair)
            self.known[piece] = [self.ids[t] for t in word]
        return self.known[piece]

    def encode(self, text):
        return [i for piece in SPLIT.findall(text) for i in self.piece(piece)]

    def decode(self, ids):
        back = {c: b for b, c in enumerate(ALPHABET)}
        return bytes(back[c] for i in ids for c in self.tokens[i]).decode(errors="replace")

    def conversation(self, turns):
        """Token ids, and for each whether the model is to learn it: what the assistant says and where it ends."""
        ids, learned = [], []
        for role, content in turns:
            head, body = [self.ids[f"<|{role}|>"]], self.encode(content) + [self.ids["<|end|>"]]
            ids += head + body
            learned += [False] * len(head) + [role == "assistant"] * len(body)
        return ids, learned

    def save(self, path):
        path.write_text(json.dumps(self.merges, ensure_ascii=False))

    @staticmethod
    def load(path):
        return Tokenizer(json.loads(path.read_text()))

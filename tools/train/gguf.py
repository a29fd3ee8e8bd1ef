"""Writes a checkpoint as GGUF version 3: python3 gguf.py CHECKPOINT.pt MERGES.json FILE.gguf --type f16|q8_0|q4_0 [--name NAME]

Layouts: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md; block formats of ggml-quants.c. The file carries the tokenizer and
the chat template, so that an engine needs nothing else.
"""
import argparse
import json
import pathlib
import struct

import numpy as np
import torch

from bpe import SPECIAL, Tokenizer
from model import CONTEXT, SHAPES, VOCABULARY

ALIGNMENT = 32
STRING, U32, F32, BOOL, ARRAY, I32 = 8, 4, 6, 7, 9, 5
TEMPLATE = (
    "{% if tools %}<|system|>{% if messages[0].role == 'system' %}{{ messages[0].content }}\n{% endif %}Tools:"
    "{% for t in tools %}\n{{ (t.function or t) | tojson }}{% endfor %}<|end|>{% endif %}"
    "{% for m in messages %}{% if not (tools and loop.first and m.role == 'system') %}<|{{ m.role }}|>{{ m.content }}"
    "{% for c in (m.tool_calls or []) %}<tool_call>{{ (c.function or c) | tojson }}</tool_call>{% endfor %}<|end|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def string(text):
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def entry(key, kind, value):
    head = string(key) + struct.pack("<I", kind)
    return head + {STRING: string, U32: lambda v: struct.pack("<I", v), F32: lambda v: struct.pack("<f", v), BOOL: lambda v: struct.pack("<B", v)}[kind](value)


def array(key, kind, values):
    head = string(key) + struct.pack("<IIQ", ARRAY, kind, len(values))
    return head + (b"".join(map(string, values)) if kind == STRING else struct.pack(f"<{len(values)}i", *values))


def q8_0(w):
    """Blocks of 32: an f16 scale, then 32 signed bytes."""
    x = w.reshape(-1, 32)
    scale = (np.abs(x).max(1) / 127).astype(np.float32)
    inverse = np.where(scale > 0, 1 / np.where(scale > 0, scale, 1), 0)
    out = np.zeros((len(x), 34), np.uint8)
    out[:, :2] = scale.astype(np.float16).view(np.uint8).reshape(-1, 2)
    out[:, 2:] = np.rint(x * inverse[:, None]).astype(np.int8).view(np.uint8)
    return out.tobytes()


def q4_0(w):
    """Blocks of 32: an f16 scale, then 16 bytes; byte i has value i in its low half and value i + 16 in its high half."""
    x = w.reshape(-1, 32)
    scale = (x[np.arange(len(x)), np.abs(x).argmax(1)] / -8).astype(np.float32)
    inverse = np.where(scale != 0, 1 / np.where(scale != 0, scale, 1), 0)
    q = np.minimum(15, np.floor(x * inverse[:, None] + 8.5)).astype(np.uint8)
    out = np.zeros((len(x), 18), np.uint8)
    out[:, :2] = scale.astype(np.float16).view(np.uint8).reshape(-1, 2)
    out[:, 2:] = q[:, :16] | (q[:, 16:] << 4)
    return out.tobytes()


# ggml's tensor type, general.file_type, encoder
TYPES = {
    "f32": (0, 0, lambda w: w.astype(np.float32).tobytes()),
    "f16": (1, 1, lambda w: w.astype(np.float16).tobytes()),
    "q8_0": (8, 7, q8_0),
    "q4_0": (2, 2, q4_0),
}


def kind_of(name, w, kind):
    """Norms stay f32; in a q4_0 file the embeddings, which are the output too, are q8_0, as llama.cpp has it."""
    return "f32" if w.ndim == 1 else "q8_0" if kind == "q4_0" and name.startswith("token_embd") else kind


def metadata(shape, kind, name, tokens):
    s = SHAPES[shape]
    ids = tokens.ids
    return [
        entry("general.architecture", STRING, "llama"),
        entry("general.name", STRING, name),
        entry("general.license", STRING, "apache-2.0"),
        entry("general.alignment", U32, ALIGNMENT),
        entry("general.file_type", U32, TYPES[kind][1]),
        entry("llama.context_length", U32, CONTEXT),
        entry("llama.embedding_length", U32, s["width"]),
        entry("llama.block_count", U32, s["layers"]),
        entry("llama.feed_forward_length", U32, s["hidden"]),
        entry("llama.attention.head_count", U32, s["heads"]),
        entry("llama.attention.head_count_kv", U32, s["heads"]),
        entry("llama.rope.dimension_count", U32, s["width"] // s["heads"]),
        entry("llama.rope.freq_base", F32, 10_000.0),
        entry("llama.attention.layer_norm_rms_epsilon", F32, 1e-5),
        entry("llama.vocab_size", U32, VOCABULARY),
        entry("tokenizer.ggml.model", STRING, "gpt2"),
        entry("tokenizer.ggml.pre", STRING, "gpt-2"),
        array("tokenizer.ggml.tokens", STRING, tokens.tokens),
        array("tokenizer.ggml.token_type", I32, [1] * (VOCABULARY - len(SPECIAL)) + [3] * len(SPECIAL)),
        array("tokenizer.ggml.merges", STRING, [f"{a} {b}" for a, b in tokens.merges]),
        entry("tokenizer.ggml.bos_token_id", U32, ids["<|end|>"]),
        entry("tokenizer.ggml.eos_token_id", U32, ids["<|end|>"]),
        entry("tokenizer.ggml.padding_token_id", U32, ids["<|pad|>"]),
        entry("tokenizer.ggml.add_bos_token", BOOL, False),
        entry("tokenizer.ggml.add_eos_token", BOOL, False),
        entry("general.sampling.temp", F32, 0.0),
        entry("tokenizer.chat_template", STRING, TEMPLATE),
    ]


def padded(data):
    return data + b"\0" * (-len(data) % ALIGNMENT)


def write(checkpoint, merges, path, kind, name):
    saved = torch.load(checkpoint, map_location="cpu")
    tokens = Tokenizer.load(merges)
    infos, data = b"", b""
    for key, tensor in saved["weights"].items():
        w = tensor.float().numpy()
        number, _, encode = TYPES[kind_of(key, w, kind)]
        infos += string(key) + struct.pack("<I", w.ndim) + struct.pack(f"<{w.ndim}Q", *w.shape[::-1]) + struct.pack("<IQ", number, len(data))
        data += padded(encode(np.ascontiguousarray(w)))
    entries = metadata(saved["shape"], kind, name, tokens)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(saved["weights"]), len(entries)) + b"".join(entries) + infos
    path.write_bytes(padded(head) + data)


if __name__ == "__main__":
    a = argparse.ArgumentParser()
    a.add_argument("checkpoint", type=pathlib.Path)
    a.add_argument("merges", type=pathlib.Path)
    a.add_argument("file", type=pathlib.Path)
    a.add_argument("--type", choices=TYPES, default="f16")
    a.add_argument("--name", default="atoma/small")
    o = a.parse_args()
    write(o.checkpoint, o.merges, o.file, o.type, o.name)

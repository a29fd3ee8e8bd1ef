"""Writes a model file with other types of the same weights: python3 recast.py IN.gguf OUT.gguf --type bf16|f32

Takes a file whose matrices are f16 (GGUF 3, little endian). bf16 rounds to nearest, ties to even; f32 is exact. Needs nothing but Python.
"""
import argparse
import pathlib
import struct

F32, F16, BF16 = 0, 1, 30
FILE_TYPES = {F32: 0, BF16: 32}
SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
STRING, ARRAY, U32 = 8, 9, 4


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, layout):
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values[0]

    def text(self):
        size = self.take("Q")
        self.at += size
        return self.data[self.at - size : self.at].decode()

    def skip(self, kind):
        if kind == STRING:
            self.text()
        elif kind == ARRAY:
            inner, count = self.take("I"), self.take("Q")
            for _ in range(count):
                self.skip(inner)
        else:
            self.at += SIZES[kind]


def recast(raw, kind):
    values = struct.unpack(f"<{len(raw) // 2}e", raw)
    wide = struct.pack(f"<{len(values)}f", *values)
    if kind == F32:
        return wide
    bits = struct.unpack(f"<{len(values)}I", wide)
    return struct.pack(f"<{len(bits)}H", *((b + 0x7FFF + ((b >> 16) & 1)) >> 16 for b in bits))


def aligned(size, to):
    return (size + to - 1) // to * to


def main():
    a = argparse.ArgumentParser()
    a.add_argument("source", type=pathlib.Path)
    a.add_argument("target", type=pathlib.Path)
    a.add_argument("--type", choices=("bf16", "f32"), required=True)
    a = a.parse_args()
    kind = BF16 if a.type == "bf16" else F32
    data = bytearray(a.source.read_bytes())
    r = Reader(data)
    assert data[:4] == b"GGUF" and struct.unpack_from("<I", data, 4)[0] == 3, "it is no GGUF 3"
    r.at = 8
    tensors, pairs = r.take("Q"), r.take("Q")
    alignment = 32
    for _ in range(pairs):
        name, type_ = r.text(), r.take("I")
        if name == "general.file_type" and type_ == U32:
            struct.pack_into("<I", data, r.at, FILE_TYPES[kind])
        if name == "general.alignment" and type_ == U32:
            alignment = struct.unpack_from("<I", data, r.at)[0]
        r.skip(type_)
    head, infos = bytes(data[: r.at]), []
    for _ in range(tensors):
        name = r.text()
        dims = [r.take("Q") for _ in range(r.take("I"))]
        infos.append((name, dims, r.take("I"), r.take("Q")))
    base = aligned(r.at, alignment)
    table, body = bytearray(), bytearray()
    for name, dims, type_, offset in infos:
        count = 1
        for each in dims:
            count *= each
        assert type_ in (F32, F16), f"{name} is neither f16 nor f32"
        raw = bytes(data[base + offset : base + offset + count * (2 if type_ == F16 else 4)])
        body.extend(bytes(aligned(len(body), alignment) - len(body)))
        table += struct.pack("<Q", len(name.encode())) + name.encode() + struct.pack("<I", len(dims))
        table += struct.pack(f"<{len(dims)}Q", *dims) + struct.pack("<IQ", kind if type_ == F16 else F32, len(body))
        body += recast(raw, kind) if type_ == F16 else raw
    whole = head + bytes(table)
    a.target.write_bytes(whole + bytes(aligned(len(whole), alignment) - len(whole)) + bytes(body))


main()

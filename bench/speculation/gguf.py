"""Reads the head of a GGUF file and writes another with the same head. Knows no more of the format than editor.py needs."""
import struct

ALIGNMENT = 32
F32, Q8_0 = 0, 8
BLOCK, BLOCK_BYTES = 32, 34
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_TEXT, _LIST = 8, 9


class Head:
    """The metadata, key by key, and the tensors' names, shapes and types."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self._file = file
            magic, version, tensors, keys = struct.unpack("<4sIQQ", file.read(24))
            if magic != b"GGUF" or version != 3:
                raise SystemExit(f"{path}: '{magic!r}' version {version}; accepted is GGUF, version 3.")
            self.values, self._raw = {}, {}
            for _ in range(keys):
                key, began = self._text(), file.tell()
                kind = self._number("I")
                self.values[key] = self._value(kind)
                length = file.tell() - began
                file.seek(began)
                self._raw[key] = file.read(length)
            self.tensors = [self._tensor() for _ in range(tensors)]

    def rename(self, name):
        self._raw["general.name"] = struct.pack("<I", _TEXT) + _packed(name)

    def write(self, file, data):
        """Writes the head, then for each tensor what data(name, dimensions, type) yields."""
        file.write(struct.pack("<4sIQQ", b"GGUF", 3, len(self.tensors), len(self._raw)))
        for key, raw in self._raw.items():
            file.write(_packed(key) + raw)
        offset = 0
        for name, dimensions, kind in self.tensors:
            file.write(_packed(name) + struct.pack(f"<I{len(dimensions)}QIQ", len(dimensions), *dimensions, kind, offset))
            offset += _padded(length_of(dimensions, kind))
        _pad(file)
        for name, dimensions, kind in self.tensors:
            began = file.tell()
            for piece in data(name, dimensions, kind):
                file.write(piece)
            if file.tell() - began != length_of(dimensions, kind):
                raise SystemExit(f"{name}: {file.tell() - began} bytes; {length_of(dimensions, kind)} are needed.")
            _pad(file)

    def _number(self, code):
        return struct.unpack("<" + code, self._file.read(struct.calcsize("<" + code)))[0]

    def _text(self):
        return self._file.read(self._number("Q")).decode("utf-8")

    def _value(self, kind):
        if kind == _TEXT:
            return self._text()
        if kind == _LIST:
            of, count = self._number("I"), self._number("Q")
            return [self._value(of) for _ in range(count)]
        return self._number(_SCALARS[kind])

    def _tensor(self):
        name = self._text()
        dimensions = [self._number("Q") for _ in range(self._number("I"))]
        kind = self._number("I")
        self._number("Q")
        return name, dimensions, kind


def length_of(dimensions, kind):
    """Bytes of a tensor."""
    count = 1
    for dimension in dimensions:
        count *= dimension
    if kind == F32:
        return count * 4
    if kind == Q8_0:
        return count // BLOCK * BLOCK_BYTES
    raise SystemExit(f"Tensor type {kind}; accepted are F32 (0) and Q8_0 (8).")


def q8_row(columns, entries):
    """A row in Q8_0 that is zero but for the entries, column to value."""
    row = bytearray(columns // BLOCK * BLOCK_BYTES)
    blocks = {}
    for column, value in entries.items():
        blocks.setdefault(column // BLOCK, {})[column % BLOCK] = value
    for block, values in blocks.items():
        scale = struct.pack("<e", max(map(abs, values.values())) / 127)
        step = struct.unpack("<e", scale)[0]
        start = block * BLOCK_BYTES
        row[start:start + 2] = scale
        for place, value in values.items():
            row[start + 2 + place] = max(-127, min(127, round(value / step) if step else 0)) & 0xFF
    return bytes(row)


def _packed(text):
    content = text.encode("utf-8")
    return struct.pack("<Q", len(content)) + content


def _padded(length):
    return -(-length // ALIGNMENT) * ALIGNMENT


def _pad(file):
    file.write(bytes(-file.tell() % ALIGNMENT))

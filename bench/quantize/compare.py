#!/usr/bin/env python3
"""The error of `slipway quantize` beside llama.cpp's quantizer, per tensor and format, as Markdown.

    python3 bench/quantize/compare.py MODEL.gguf [--speed] [q4_k_m q5_k_m q6_k q4_0]

llama.cpp is the one that npm ships (npm install --ignore-scripts in bench/peers/llama). Its ggml library encodes and
decodes the same tensors in the same formats, with no importance matrix. Sums are taken here, from both decoded results.
Errors are the same on every machine. With --speed it is told too: ours is the whole command on two threads, theirs the
encoding alone on one; that wants a quiet machine and a model of some size.
"""

import array
import ctypes
import json
import math
import pathlib
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
GGML = ROOT / "bench/peers/llama/node_modules/@node-llama-cpp/linux-x64/bins/linux-x64/libggml-base.so"
PROGRAM = ROOT / "src/Slipway/bin/Release/net10.0/slipway.dll"
TYPES = {"f32": 0, "f16": 1, "q4_0": 2, "q5_0": 6, "q5_1": 7, "q8_0": 8, "q4_k": 12, "q5_k": 13, "q6_k": 14}
SIZES = {0: (1, 4), 1: (1, 2), 2: (32, 18), 6: (32, 22), 7: (32, 24), 8: (32, 34), 12: (256, 144), 13: (256, 176), 14: (256, 210)}
SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}


class InitParameters(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_size_t), ("buffer", ctypes.c_void_p), ("no_alloc", ctypes.c_bool)]


class Ggml:
    def __init__(self):
        self.library = ctypes.CDLL(str(GGML))
        self.library.ggml_init.argtypes = [InitParameters]
        self.library.ggml_init.restype = ctypes.c_void_p
        self.library.ggml_init(InitParameters(1024, None, False))  # fills the tables that the functions read
        self.library.ggml_quantize_chunk.restype = ctypes.c_size_t

    def decode(self, kind, data, count):
        values = (ctypes.c_float * count)()
        if kind == TYPES["f32"]:
            ctypes.memmove(values, data, 4 * count)
        elif kind == TYPES["f16"]:
            self.library.ggml_fp16_to_fp32_row(data, values, ctypes.c_int64(count))
        else:
            name = {number: name for name, number in TYPES.items()}[kind].replace("k", "K")
            getattr(self.library, f"dequantize_row_{name}")(data, values, ctypes.c_int64(count))
        return values

    def encode(self, kind, values, columns):
        block, size = SIZES[kind]
        data = (ctypes.c_ubyte * (len(values) // block * size))()
        zero, rows = ctypes.c_int64(0), ctypes.c_int64(len(values) // columns)
        self.library.ggml_quantize_chunk(ctypes.c_int(kind), values, data, zero, rows, ctypes.c_int64(columns), None)
        return data


def read_tensors(path):
    """name → (type, dimensions, bytes) of a GGUF file."""
    data = pathlib.Path(path).read_bytes()
    position = 8

    def take(form):
        nonlocal position
        value = struct.unpack_from("<" + form, data, position)[0]
        position += struct.calcsize("<" + form)
        return value

    def take_text():
        nonlocal position
        length = take("Q")
        position += length
        return data[position - length:position].decode()

    def take_value(kind):
        if kind == 8:
            return take_text()
        if kind == 9:
            inner, count = take("I"), take("Q")
            return [take_value(inner) for _ in range(count)]
        return take(SCALARS[kind])

    tensors, pairs = take("Q"), take("Q")
    metadata = {take_text(): take_value(take("I")) for _ in range(pairs)}
    found = [(take_text(), [take("Q") for _ in range(take("I"))], take("I"), take("Q")) for _ in range(tensors)]
    alignment = metadata.get("general.alignment", 32)
    start = -(-position // alignment) * alignment
    result = {}
    for name, dimensions, kind, offset in found:
        block, size = SIZES[kind]
        length = math.prod(dimensions) // block * size
        result[name] = (kind, dimensions, data[start + offset:start + offset + length])
    return result


def error(values, stored):
    return math.sqrt(sum((a - b) ** 2 for a, b in zip(array.array("f", values), array.array("f", stored))) / len(values))


def compare(ggml, model, kind, tells_speed):
    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/out.gguf"
        started = time.perf_counter()
        command = ["dotnet", str(PROGRAM), "quantize", model, out, "--type", kind, "--threads", "2", "--allow-requantize", "--json"]
        answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        seconds = time.perf_counter() - started
        before, after = read_tensors(model), read_tensors(out)
    print(f"\n### {kind}: {answer['bits_per_weight']:.2f} bits per weight\n")
    print("| Tensor | Format | Slipway RMSE | llama.cpp RMSE | Ratio |\n|---|---|---:|---:|---:|")
    theirs_seconds, count, worst = 0.0, 0, 0.0
    for name, (stored_as, dimensions, data) in after.items():
        if stored_as in (TYPES["f32"], TYPES["f16"]) or stored_as == before[name][0]:
            continue
        values = ggml.decode(before[name][0], before[name][2], math.prod(dimensions))
        started = time.perf_counter()
        theirs = ggml.encode(stored_as, values, dimensions[0])
        theirs_seconds += time.perf_counter() - started
        count += len(values)
        ours, other = (error(values, ggml.decode(stored_as, stored, len(values))) for stored in (data, theirs))
        worst = max(worst, ours / other)
        label = {number: text for text, number in TYPES.items()}[stored_as]
        print(f"| {name} | {label} | {ours:.3e} | {other:.3e} | {ours / other:.3f} |")
    print(f"\nThe largest ratio is {worst:.3f}.")
    if tells_speed:
        print(f"Million values/s: Slipway {answer['parameters'] / seconds / 1e6:.1f}, llama.cpp {count / theirs_seconds / 1e6:.1f}.")


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "--speed"]
    for kind in words[1:] or ["q4_k_m", "q5_k_m", "q6_k", "q4_0"]:
        compare(Ggml(), words[0], kind, "--speed" in sys.argv)

"""The Qwen3 model of the trainer in PyTorch: its peer for speed and for the loss.

    python3 torch_peer.py speed --threads 2 --hidden 256 ...    tokens per second of whole training steps, as one JSON line
    python3 torch_peer.py loss FOLDER TOKENS.json               cross-entropy of a Hugging Face folder on [[id, ...], ...]

Runs on Debian's python3-torch (1.13). Its matrix products are those of the installed BLAS: the reference BLAS that Debian
installs by default is twenty times slower than OpenBLAS (package libopenblas0-pthread), so compare with the latter only.
"""
import argparse
import glob
import json
import os
import statistics
import struct
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


class RmsNorm(nn.Module):
    def __init__(self, size, epsilon):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.epsilon = epsilon

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon) * self.weight


def rotate(x, cosine, sine):
    """x [batch, heads, length, head]; value i and value i + head / 2 turn as one plane."""
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cosine - b * sine, b * cosine + a * sine), dim=-1)


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        hidden, self.head = config["hidden_size"], config["head_dim"]
        self.heads, self.key_heads = config["num_attention_heads"], config["num_key_value_heads"]
        self.q_proj = nn.Linear(hidden, self.heads * self.head, bias=False)
        self.k_proj = nn.Linear(hidden, self.key_heads * self.head, bias=False)
        self.v_proj = nn.Linear(hidden, self.key_heads * self.head, bias=False)
        self.o_proj = nn.Linear(self.heads * self.head, hidden, bias=False)
        self.q_norm = RmsNorm(self.head, config["rms_norm_eps"])
        self.k_norm = RmsNorm(self.head, config["rms_norm_eps"])

    def forward(self, x, cosine, sine, mask):
        batch, length, _ = x.shape
        group = self.heads // self.key_heads
        q = self.q_norm(self.q_proj(x).view(batch, length, self.heads, self.head)).transpose(1, 2)
        k = self.k_norm(self.k_proj(x).view(batch, length, self.key_heads, self.head)).transpose(1, 2)
        v = self.v_proj(x).view(batch, length, self.key_heads, self.head).transpose(1, 2)
        q, k = rotate(q, cosine, sine), rotate(k, cosine, sine)
        # The query heads of a group stand under each other, so that the keys are not copied for each of them.
        q = q.reshape(batch * self.key_heads, group * length, self.head)
        k = k.reshape(batch * self.key_heads, length, self.head)
        v = v.reshape(batch * self.key_heads, length, self.head)
        scores = torch.baddbmm(mask.repeat(group, 1), q, k.transpose(1, 2), alpha=self.head ** -0.5)
        y = torch.bmm(torch.softmax(scores, dim=-1), v)
        y = y.view(batch, self.heads, length, self.head).transpose(1, 2).reshape(batch, length, -1)
        return self.o_proj(y)


class Mlp(nn.Module):
    def __init__(self, config):
        super().__init__()
        hidden, inner = config["hidden_size"], config["intermediate_size"]
        self.gate_proj = nn.Linear(hidden, inner, bias=False)
        self.up_proj = nn.Linear(hidden, inner, bias=False)
        self.down_proj = nn.Linear(inner, hidden, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.input_layernorm = RmsNorm(config["hidden_size"], config["rms_norm_eps"])
        self.self_attn = Attention(config)
        self.post_attention_layernorm = RmsNorm(config["hidden_size"], config["rms_norm_eps"])
        self.mlp = Mlp(config)

    def forward(self, x, cosine, sine, mask):
        x = x + self.self_attn(self.input_layernorm(x), cosine, sine, mask)
        return x + self.mlp(self.post_attention_layernorm(x))


class Qwen3(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.embed_tokens = nn.Embedding(config["vocab_size"], config["hidden_size"])
        self.layers = nn.ModuleList(Layer(config) for _ in range(config["num_hidden_layers"]))
        self.norm = RmsNorm(config["hidden_size"], config["rms_norm_eps"])
        self.lm_head = nn.Linear(config["hidden_size"], config["vocab_size"], bias=False)
        if config["tie_word_embeddings"]:
            self.lm_head.weight = self.embed_tokens.weight

    def forward(self, tokens):
        """tokens [batch, length]; the sum of −ln p(next token) over all of them but each row's first."""
        length, head = tokens.shape[1], self.config["head_dim"]
        dtype = self.norm.weight.dtype
        frequencies = self.config["rope_theta"] ** (-torch.arange(0, head, 2, dtype=torch.float64) / head)
        angles = torch.arange(length, dtype=torch.float64)[:, None] * frequencies
        cosine, sine = angles.cos().to(dtype), angles.sin().to(dtype)
        mask = torch.full((length, length), float("-inf"), dtype=dtype).triu(1)
        x = self.embed_tokens(tokens)
        for layer in self.layers:
            x = layer(x, cosine, sine, mask)
        logits = self.lm_head(self.norm(x[:, :-1]))
        return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), tokens[:, 1:].reshape(-1), reduction="sum")


def measure_speed(options):
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    model = Qwen3({
        "hidden_size": options.hidden, "intermediate_size": options.feed_forward, "num_hidden_layers": options.layers,
        "num_attention_heads": options.heads, "num_key_value_heads": options.key_heads, "head_dim": options.head_length,
        "vocab_size": options.vocabulary, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "tie_word_embeddings": True,
    })
    for parameter in model.parameters():
        if parameter.dim() > 1:
            nn.init.normal_(parameter, std=0.02)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.999), weight_decay=0.1, foreach=True)
    times = []
    for _ in range(options.warmup + options.rounds):
        tokens = torch.randint(options.vocabulary, (options.examples, options.length))
        started = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        loss = model(tokens) / (options.examples * (options.length - 1))
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        times.append(time.perf_counter() - started)
    seconds = statistics.median(times[options.warmup:])
    print(json.dumps({
        "engine": "pytorch " + torch.__version__, "threads": options.threads, "loss": loss.item(),
        "tokens_per_second": round(options.examples * options.length / seconds, 1),
    }))


def read_safetensors(path):
    """Eight bytes of header length, a JSON header, then the values."""
    types = {"F32": (torch.float32, 4), "F16": (torch.float16, 2), "BF16": (torch.bfloat16, 2)}
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        values = bytearray(file.read())
    header.pop("__metadata__", None)
    for name, entry in header.items():
        (dtype, size), (first, end) = types[entry["dtype"]], entry["data_offsets"]
        yield name, torch.frombuffer(values, dtype=dtype, count=(end - first) // size, offset=first).view(entry["shape"])


def measure_loss(options):
    with open(os.path.join(options.folder, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    config.setdefault("tie_word_embeddings", False)
    if "rope_theta" not in config:
        config["rope_theta"] = config["rope_parameters"]["rope_theta"]
    model = Qwen3(config).double()
    state = {}
    for path in sorted(glob.glob(os.path.join(options.folder, "*.safetensors"))):
        state.update((name.removeprefix("model."), tensor.double()) for name, tensor in read_safetensors(path))
    if config["tie_word_embeddings"]:
        state["lm_head.weight"] = state["embed_tokens.weight"]
    model.load_state_dict(state, strict=True)
    with open(options.tokens, encoding="utf-8") as file:
        sequences = json.load(file)
    with torch.no_grad():
        sums = [model(torch.tensor([sequence])).item() for sequence in sequences]
    targets = sum(len(sequence) - 1 for sequence in sequences)
    print(json.dumps({"sums": sums, "targets": targets, "loss": sum(sums) / targets}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    speed = commands.add_parser("speed")
    defaults = {"hidden": 256, "feed-forward": 768, "layers": 6, "heads": 4, "key-heads": 2, "head-length": 64,
                "vocabulary": 4096, "examples": 8, "length": 256, "threads": 1, "rounds": 10, "warmup": 3}
    for name, value in defaults.items():
        speed.add_argument("--" + name, type=int, default=value)
    speed.set_defaults(run=measure_speed)
    loss = commands.add_parser("loss")
    loss.add_argument("folder")
    loss.add_argument("tokens")
    loss.set_defaults(run=measure_loss)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()

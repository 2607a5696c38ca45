#!/usr/bin/env python3
"""Plays a serving engine: its flags, taken as strictly as the engine takes them, and its endpoints. Standard library only.

    play-engine.py vllm serve MODEL [flags]      exit 2 and argparse's words where the real one says so
    play-engine.py sglang --model-path MODEL [flags]
    play-engine.py llama-server -m FILE [flags]  exit 1 and "error: invalid argument", as llama.cpp
    play-engine.py parse vllm|sglang             one JSON list of arguments per line of stdin; for each a line of JSON:
                                                 what would come of them (host, port, …), or null where they are refused

GET /health, /v1/models, /metrics, /play (arguments and GPUs, as JSON); POST /v1/chat/completions, streaming or not.

Switches, of the environment. With PLAY_FOLDER a file of the same name in that folder wins, and is read anew each time, so that
a test can turn a switch while the engine runs.

    PLAY_LOAD=SECONDS      loads so long; /health answers 503 meanwhile
    PLAY_FAIL=TEXT         writes the text to stderr and exits with 1 instead of listening
    PLAY_TOKENS=N          words of an answer, 8
    PLAY_SLOW=SECONDS      pause before each word
    PLAY_HANG=1            accepts requests and writes no further word; /health and /metrics go on
    PLAY_DEAF=1            /health gives no answer
    PLAY_UNWELL=1          /health answers 500
    PLAY_CRASH_AFTER=N     dies in the middle of its Nth chat request, with exit code 70
    PLAY_IGNORE_TERM=1     does nothing on SIGTERM
"""

import argparse
import json
import os
import re
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def switch(name, otherwise=""):
    folder = os.environ.get("PLAY_FOLDER")
    if folder:
        try:
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                return file.read().strip()
        except OSError:
            pass
    return os.environ.get(name, otherwise)


# Flags of https://docs.vllm.ai/en/latest/cli/serve/, those that people use.
VLLM_VALUES = """--host --uds --root-path --ssl-keyfile --ssl-certfile --ssl-ca-certs --ssl-ciphers --config --middleware
    --model-impl --tokenizer --tokenizer-mode --revision --dtype --quantization,-q --max-model-len --max-num-seqs
    --max-num-batched-tokens --kv-cache-dtype --load-format --download-dir --chat-template --chat-template-content-format
    --default-chat-template-kwargs --reasoning-parser --tool-call-parser --speculative-config --max-lora-rank
    --log-config-file --uvicorn-log-level --disable-access-log-for-endpoints --hf-overrides --config-format
    --limit-mm-per-prompt"""
VLLM_NUMBERS = """--port --tensor-parallel-size,-tp --pipeline-parallel-size,-pp --data-parallel-size,-dp
    --data-parallel-size-local,-dpl --data-parallel-rank,-dpn --nnodes --node-rank --seed --api-server-count
    --data-parallel-supervisor-port"""
VLLM_FLAGS = """--enforce-eager --enable-prefix-caching --no-enable-prefix-caching --enable-chunked-prefill
    --enable-auto-tool-choice --trust-remote-code --enable-lora --disable-uvicorn-access-log --enable-ssl-refresh --headless
    --enable-prompt-tokens-details --enable-force-include-usage --enable-sleep-mode --disable-fastapi-docs
    --disable-log-stats --async-scheduling"""

# Flags of https://docs.sglang.io/advanced_features/server_arguments.html.
SGLANG_VALUES = """--model-path,--model --tokenizer-path --tokenizer-mode --host --served-model-name --api-key --admin-api-key
    --fastapi-root-path --ssl-keyfile --ssl-certfile --config --dtype --quantization --kv-cache-dtype --chat-template
    --reasoning-parser --tool-call-parser --dist-init-addr --load-format --revision --log-level --attention-backend"""
SGLANG_NUMBERS = """--port --tensor-parallel-size,--tp-size,--tp --pipeline-parallel-size,--pp-size --data-parallel-size,--dp-size,--dp
    --context-length --max-running-requests --max-total-tokens --chunked-prefill-size --max-prefill-tokens --nnodes --node-rank
    --base-gpu-id --gpu-id-step --random-seed"""
SGLANG_FLAGS = """--enable-metrics --trust-remote-code --enable-dp-attention --disable-radix-cache --disable-cuda-graph
    --enable-torch-compile --skip-server-warmup --grpc-mode"""

# Flags of https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md, with how many values each takes.
LLAMA_FLAGS = {
    1: """-m --model -a --alias --host --port --api-key --api-key-file --api-prefix --ssl-key-file --ssl-cert-file -c --ctx-size
        -np --parallel -ngl --gpu-layers --n-gpu-layers -ts --tensor-split -sm --split-mode -dev --device -mg --main-gpu -t --threads
        -b --batch-size -ub --ubatch-size -fa --flash-attn -ctk --cache-type-k -ctv --cache-type-v --chat-template --chat-template-file
        --chat-template-kwargs --reasoning-format --reasoning-budget -s --seed --temp --top-k --top-p --min-p --lora -md --model-draft
        --models-dir -hf --hf-repo -mu --model-url --tools --log-file -to --timeout""",
    0: """--metrics --jinja --no-jinja --slots --no-slots --props --embeddings --reranking --no-webui --no-ui --mlock --no-warmup
        --cont-batching --no-cont-batching --verbose -v --log-disable""",
}


class Flexible(argparse.ArgumentParser):
    """Reads underscores in flags as dashes, as vLLM's parser does."""

    def parse_args(self, args=None, namespace=None):
        def dashed(word):
            if not word.startswith("--"):
                return word
            name, equals, value = word.partition("=")
            name, dot, rest = name.partition(".")
            return name.replace("_", "-") + dot + rest + equals + value

        return super().parse_args([dashed(word) for word in args], namespace)


def add(parser, texts, **settings):
    for names in texts.split():
        parser.add_argument(*names.split(","), **settings)


def vllm_parser():
    parser = Flexible(prog="vllm")
    commands = parser.add_subparsers(dest="command", required=True, parser_class=Flexible)
    serve = commands.add_parser("serve")
    serve.add_argument("model_tag", nargs="?")
    serve.add_argument("--served-model-name", nargs="+")
    serve.add_argument("--api-key", nargs="+")
    serve.add_argument("--lora-modules", nargs="+")
    serve.add_argument("--gpu-memory-utilization", type=float)
    serve.add_argument("--model", dest="other_model")
    add(serve, VLLM_VALUES)
    add(serve, VLLM_NUMBERS, type=int)
    add(serve, VLLM_FLAGS, action="store_true")
    return parser


def sglang_parser():
    parser = argparse.ArgumentParser(prog="launch_server.py")
    parser.add_argument("--mem-fraction-static", type=float)
    add(parser, SGLANG_VALUES)
    add(parser, SGLANG_NUMBERS, type=int)
    add(parser, SGLANG_FLAGS, action="store_true")
    return parser


def llama_arguments(words):
    arity = {name: count for count, names in LLAMA_FLAGS.items() for name in names.split()}
    found, at = {}, 0
    while at < len(words):
        name = words[at].replace("_", "-") if words[at].startswith("--") else words[at]
        if name not in arity:
            sys.exit(f"error: invalid argument: {words[at]}")
        if at + arity[name] >= len(words):
            sys.exit(f"error while handling argument \"{name}\": expected value for argument")
        found[name] = words[at + 1] if arity[name] else True
        at += 1 + arity[name]
    return found


class Engine:
    """What the three have in common: who it is and how its work goes."""

    def __init__(self, kind, words):
        self.kind, self.words, self.lock = kind, words, threading.Lock()
        self.running = self.prompt = self.written = self.requests = 0
        if kind == "vllm":
            given = vllm_parser().parse_args(words)
            self.model, self.names = given.model_tag, given.served_model_name or [given.model_tag]
            self.keys = given.api_key or []
        elif kind == "sglang":
            given = sglang_parser().parse_args(words)
            self.model, self.names = given.model_path, [given.served_model_name or given.model_path]
            self.keys = [given.api_key] if given.api_key else []
        else:
            found = llama_arguments(words)
            given = argparse.Namespace(host=found.get("--host", "127.0.0.1"), port=int(found.get("--port", "8080")))
            self.model = found.get("-m", found.get("--model"))
            self.names = (found.get("--alias") or found.get("-a") or self.model).split(",")
            self.keys = found["--api-key"].split(",") if "--api-key" in found else []
        self.has_metrics = kind == "vllm" or "--enable-metrics" in words or "--metrics" in words
        self.host, self.port = given.host or "127.0.0.1", given.port if given.port is not None else 8000
        self.ready_at = time.monotonic() + float(switch("PLAY_LOAD", "0"))

    def is_loading(self):
        return time.monotonic() < self.ready_at

    def metrics(self):
        name = json.dumps(self.names[0])
        if self.kind == "vllm":
            label = f'{{engine="0",model_name={name}}}'
            rows = [("gauge", "vllm:num_requests_running", self.running), ("gauge", "vllm:num_requests_waiting", 0),
                    ("counter", "vllm:prompt_tokens_total", self.prompt), ("counter", "vllm:generation_tokens_total", self.written)]
        elif self.kind == "sglang":
            label = f"{{model_name={name}}}"
            rows = [("gauge", "sglang:num_running_reqs", self.running), ("gauge", "sglang:num_queue_reqs", 0),
                    ("counter", "sglang:prompt_tokens_total", self.prompt), ("counter", "sglang:generation_tokens_total", self.written)]
        else:
            label = ""
            rows = [("counter", "llamacpp:prompt_tokens_total", self.prompt), ("counter", "llamacpp:tokens_predicted_total", self.written),
                    ("gauge", "llamacpp:requests_processing", self.running), ("gauge", "llamacpp:requests_deferred", 0)]
        return "".join(f"# HELP {name} Played.\n# TYPE {name} {kind}\n{name}{label} {float(value)}\n" for kind, name, value in rows)

    def write(self, question):
        """The words of an answer, counted as they come."""
        with self.lock:
            self.running += 1
            self.requests += 1
            self.prompt += max(1, len(question.split()))
            crashes = switch("PLAY_CRASH_AFTER") == str(self.requests)
        try:
            for word in ["played", "by", self.kind, "at", str(self.port), *["on"] * 4096][: int(switch("PLAY_TOKENS", "8"))]:
                time.sleep(float(switch("PLAY_SLOW", "0")))
                while switch("PLAY_HANG") == "1":
                    time.sleep(0.05)
                if crashes:
                    print("Segmentation fault (played)", file=sys.stderr, flush=True)
                    os._exit(70)
                with self.lock:
                    self.written += 1
                yield word + " "
        finally:
            with self.lock:
                self.running -= 1


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    engine = None

    def log_message(self, format, *args):
        print("INFO:     " + format % args, file=sys.stderr, flush=True)

    def answer(self, status, body, kind="application/json"):
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, status, text):
        self.answer(status, {"error": {"message": text, "type": "invalid_request_error", "code": status}})

    def do_GET(self):
        if self.path == "/health":
            while switch("PLAY_DEAF") == "1":
                time.sleep(0.05)
            if self.engine.is_loading():
                self.refuse(503, "Loading model")
            elif switch("PLAY_UNWELL") == "1":
                self.refuse(500, "played to be unwell")
            else:
                self.answer(200, {"status": "ok"})
        elif self.path == "/metrics":
            if self.engine.has_metrics:
                self.answer(200, self.engine.metrics(), "text/plain; version=0.0.4")
            else:
                self.refuse(501, "This server does not support metrics endpoint.")
        elif self.path == "/v1/models":
            self.answer(200, {"object": "list", "data": [{"id": name, "object": "model", "owned_by": self.engine.kind} for name in self.engine.names]})
        elif self.path == "/play":
            visible = os.environ.get("CUDA_VISIBLE_DEVICES")
            self.answer(200, {"words": self.engine.words, "gpus": visible, "order": os.environ.get("CUDA_DEVICE_ORDER")})
        else:
            self.refuse(404, "Not Found")

    def body(self):
        if self.headers.get("Transfer-Encoding", "") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        data = b""
        while size := int(self.rfile.readline(), 16):
            data += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return data

    def do_POST(self):
        body = json.loads(self.body() or b"{}")
        if self.path != "/v1/chat/completions":
            self.refuse(404, "Not Found")
        elif self.engine.is_loading():
            self.refuse(503, "Loading model")
        elif self.engine.keys and self.headers.get("Authorization", "")[7:] not in self.engine.keys:
            self.refuse(401, "Unauthorized")
        elif self.engine.kind != "llama-server" and body.get("model") not in self.engine.names:
            self.refuse(404, f"The model `{body.get('model')}` does not exist.")
        else:
            words = self.engine.write(" ".join(str(message.get("content")) for message in body.get("messages", [])))
            try:
                self.stream(body, words) if body.get("stream") else self.whole(words)
            finally:
                words.close()

    def shape(self, kind, **choice):
        return {"id": "chatcmpl-played", "object": kind, "created": int(time.time()), "model": self.engine.names[0],
                "choices": [{"index": 0, "finish_reason": None, **choice}]}

    def whole(self, words):
        text = list(words)
        answer = self.shape("chat.completion", message={"role": "assistant", "content": "".join(text).strip()}, finish_reason="stop")
        self.answer(200, {**answer, "usage": {"prompt_tokens": 1, "completion_tokens": len(text), "total_tokens": len(text) + 1}})

    def stream(self, body, words):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        count = 0
        for word in words:
            count += 1
            self.event(self.shape("chat.completion.chunk", delta={"role": "assistant", "content": word}))
        self.event(self.shape("chat.completion.chunk", delta={}, finish_reason="stop"))
        if (body.get("stream_options") or {}).get("include_usage"):
            usage = {"prompt_tokens": 1, "completion_tokens": count, "total_tokens": count + 1}
            self.event({**self.shape("chat.completion.chunk"), "choices": [], "usage": usage})
        self.chunk(b"data: [DONE]\n\n")
        self.chunk(b"")

    def event(self, value):
        self.chunk(b"data: " + json.dumps(value).encode() + b"\n\n")

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # The client left.


def parse(kind):
    """For the tests of what users may add: the parser itself says what would come of it."""
    supervised = ["host", "port", "uds", "api_key", "config", "served_model_name", "model_tag", "other_model", "model_path", "root_path",
                  "fastapi_root_path", "ssl_keyfile", "ssl_certfile", "headless", "grpc_mode", "node_rank"]
    parser = vllm_parser() if kind == "vllm" else sglang_parser()
    sys.stderr = open(os.devnull, "w", encoding="utf-8")
    sys.stdout, out = sys.stderr, sys.stdout
    for line in sys.stdin:
        try:
            given = vars(parser.parse_args(json.loads(line)))
            print(json.dumps({name: given[name] for name in supervised if name in given}), file=out, flush=True)
        except SystemExit:
            print("null", file=out, flush=True)


def main():
    kind, words = sys.argv[1], sys.argv[2:]
    if kind == "parse":
        parse(words[0])
        return
    engine = Engine(kind, words)
    if switch("PLAY_FAIL"):
        sys.exit(switch("PLAY_FAIL"))
    signal.signal(signal.SIGTERM, signal.SIG_IGN if switch("PLAY_IGNORE_TERM") == "1" else lambda *_: os._exit(0))
    if not re.fullmatch(r"[0-9.]+|localhost", engine.host):
        sys.exit(f"cannot listen on {engine.host}")
    Handler.engine = engine
    server = Server((engine.host, engine.port), Handler)
    print(f"{kind} listens on http://{engine.host}:{server.server_address[1]} with {engine.model}", file=sys.stderr, flush=True)
    server.serve_forever()


main()

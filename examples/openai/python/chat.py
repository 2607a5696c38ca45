#!/usr/bin/env python3
"""OpenAI's own Python library against a Slipway server; without the library, the same call by the standard library.

    pip install openai && python3 chat.py "Who are you?"

OPENAI_BASE_URL and OPENAI_API_KEY say where and as whom; the library reads both by itself, too.
"""
import json
import os
import sys
import urllib.error
import urllib.request

try:
    import openai
except ImportError:
    openai = None

BASE_URL = os.environ.get("OPENAI_BASE_URL", "http://127.0.0.1:8000/v1")
API_KEY = os.environ.get("OPENAI_API_KEY", "none")  # A server without keys lets its own machine in.


def ask_with_openai(question):
    client = openai.OpenAI(base_url=BASE_URL, api_key=API_KEY)
    model = os.environ.get("MODEL") or client.models.list().data[0].id
    stream = client.chat.completions.create(
        model=model,
        messages=[{"role": "user", "content": question}],
        max_tokens=200,
        stream=True,
        stream_options={"include_usage": True},
    )
    for chunk in stream:
        if chunk.choices:
            yield chunk.choices[0].delta.content or ""
        if chunk.usage:
            yield f"\n({chunk.usage.completion_tokens} tokens)\n"


def call(path, body=None):
    request = urllib.request.Request(
        BASE_URL + path,
        data=json.dumps(body).encode() if body else None,
        headers={"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"},
    )
    return urllib.request.urlopen(request)


def ask_with_urllib(question):
    model = os.environ.get("MODEL") or json.load(call("/models"))["data"][0]["id"]
    body = {
        "model": model,
        "messages": [{"role": "user", "content": question}],
        "max_tokens": 200,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    with call("/chat/completions", body) as events:
        for event in events:
            if not event.startswith(b"data: ") or event.startswith(b"data: [DONE]"):
                continue  # Blank lines, and comments that keep a silent stream alive.
            chunk = json.loads(event[len(b"data: "):])
            if chunk["choices"]:
                yield chunk["choices"][0]["delta"].get("content") or ""
            if chunk.get("usage"):
                yield f"\n({chunk['usage']['completion_tokens']} tokens)\n"


def main():
    question = sys.argv[1] if len(sys.argv) > 1 else "Who are you?"
    try:
        for text in (ask_with_openai if openai else ask_with_urllib)(question):
            print(text, end="", flush=True)
    except urllib.error.HTTPError as error:
        sys.exit(json.load(error)["error"]["message"])  # Says what was wrong and what would be accepted.
    except Exception as error:
        if openai is None or not isinstance(error, openai.APIError):
            raise
        sys.exit(error.message)


if __name__ == "__main__":
    main()

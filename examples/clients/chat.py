#!/usr/bin/env python3
"""Chats with a Slipway server. Standard library only.

    python3 chat.py [http://127.0.0.1:8000]

Each line is said to the model, and its answer streams back; "quit" leaves.
"""
import json
import sys
import urllib.error
import urllib.request


def stream(url, message, history):
    """Yields the events of one answer as they come."""
    body = json.dumps({"message": message, "history": history}).encode()
    request = urllib.request.Request(
        url + "/api/v1/chat/stream", data=body, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as response:
        for line in response:
            if line.startswith(b"data: "):
                yield json.loads(line[len(b"data: "):])


def main():
    url = (sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000").rstrip("/")
    history = []
    for line in sys.stdin:
        message = line.strip()
        if message == "quit":
            return 0
        if not message:
            continue
        answer = ""
        try:
            for event in stream(url, message, history):
                if event["type"] == "chunk":
                    answer += event["content"]
                    print(event["content"], end="", flush=True)
                elif event["type"] == "error":
                    print("\n" + event["content"], file=sys.stderr)
        except urllib.error.HTTPError as error:  # Every refusal says why under "detail".
            print(json.load(error)["detail"], file=sys.stderr)
            continue
        except urllib.error.URLError as error:
            print(f"{url} cannot be reached: {error.reason}", file=sys.stderr)
            return 1
        print()
        history += [{"role": "user", "content": message}, {"role": "assistant", "content": answer}]
    return 0


if __name__ == "__main__":
    sys.exit(main())

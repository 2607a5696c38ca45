"""Whether confidence means something: asks a running server's /thinking each question of a file and counts who is right.
    python3 bench/generation/confidence.py models/slipway-tiny/heldout.jsonl [url=http://127.0.0.1:8000] [depth=1] [out=confidence.svg]
Prints Markdown: the thirds by confidence, and ten bins of the calibration plot, which goes to `out`. Right is what `slipway
evaluate` calls right. Questions that go on a conversation or forbid thinking cannot be put to /thinking and are left out.
"""
import concurrent.futures
import json
import re
import sys
import urllib.request

FILE = sys.argv[1]
URL, DEPTH, OUT = (sys.argv[at] if len(sys.argv) > at else usual
                   for at, usual in ((2, "http://127.0.0.1:8000"), (3, "1"), (4, "confidence.svg")))
NUMBER = re.compile(r"(?:(?<![0-9A-Za-z)）])[-−])?(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?")


def listed(value):
    return [] if value is None else [value] if isinstance(value, str) else value


def is_right(answer, key):
    """The rules of src/Slipway/Evaluation/AnswerKey.cs."""
    low = answer.strip().lower()
    has = lambda text: text.lower() in low
    some, number = listed(key.get("accept_any")), key.get("number")
    numbers = NUMBER.findall(low)
    last = float(numbers[-1].replace(",", "").replace("−", "-")) if numbers else None
    return bool(low) and all(map(has, listed(key.get("accept")))) and (not some or any(map(has, some))) \
        and not any(map(has, listed(key.get("reject")))) and (number is None or last == float(number))


def ask(question):
    body = {"question": question["messages"][0]["content"], "thinking_depth": int(DEPTH), "seed": 1, "include_reasoning": False}
    if int(DEPTH) < 4:
        body["temperature"] = 0  # several samples must be able to differ
    call = urllib.request.Request(f"{URL}/thinking", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(call) as response:
        answer = json.load(response)
    return answer["confidence"], is_right(answer["answer"], question)


def share(answers):
    return sum(right for _, right in answers) / max(1, len(answers))


def mean(answers):
    return sum(confidence for confidence, _ in answers) / max(1, len(answers))


def plot(bins):
    """Confidence to the right, share of right answers upwards; a point's area is how many answers it stands for."""
    side, edge = 400, 50
    at = lambda confidence, right: (edge + confidence * side, edge + (1 - right) * side)
    most = max(len(answers) for answers in bins)
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side + 2 * edge} {side + 2 * edge}" font-family="sans-serif" font-size="12">',
             f'<rect width="100%" height="100%" fill="white"/><rect x="{edge}" y="{edge}" width="{side}" height="{side}" fill="none" stroke="#999"/>',
             f'<line x1="{edge}" y1="{edge + side}" x2="{edge + side}" y2="{edge}" stroke="#999" stroke-dasharray="4"/>']
    for tick in range(0, 11, 2):
        x, y = at(tick / 10, tick / 10)
        lines.append(f'<text x="{x:.0f}" y="{edge + side + 16}" text-anchor="middle">{tick / 10}</text>'
                     f'<text x="{edge - 6}" y="{y + 4:.0f}" text-anchor="end">{tick / 10}</text>')
    for answers in filter(None, bins):
        x, y = at(mean(answers), share(answers))
        lines.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{2 + 14 * (len(answers) / most) ** 0.5:.1f}" fill="#3572b0" fill-opacity="0.6"/>')
    lines.append(f'<text x="{edge + side / 2}" y="{edge + side + 36}" text-anchor="middle">confidence</text>'
                 f'<text x="14" y="{edge + side / 2}" text-anchor="middle" transform="rotate(-90 14 {edge + side / 2})">share that is right</text></svg>')
    with open(OUT, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


with open(FILE, encoding="utf-8") as file:
    questions = [question for question in map(json.loads, filter(str.strip, file))
                 if len(question["messages"]) == 1 and question.get("enable_thinking") is not False]
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    answers = sorted(pool.map(ask, questions), key=lambda answer: answer[0])
third = len(answers) // 3
thirds = {"bottom": answers[:third], "middle": answers[third:-third], "top": answers[-third:]}
print("| third by confidence | answers | mean confidence | right |\n|---|---:|---:|---:|")
for name, part in thirds.items():
    print(f"| {name} | {len(part)} | {mean(part):.3f} | {share(part):.3f} |")
print(f"\nThe top third is right {100 * (share(thirds['top']) - share(thirds['bottom'])):.1f} points more often than the bottom third.\n")
bins = [[answer for answer in answers if min(9, int(answer[0] * 10)) == step] for step in range(10)]
print("| confidence | answers | mean confidence | right |\n|---|---:|---:|---:|")
for step, part in enumerate(bins):
    if part:
        print(f"| {step / 10:.1f} to {(step + 1) / 10:.1f} | {len(part)} | {mean(part):.3f} | {share(part):.3f} |")
plot(bins)

"""How fast runs and their logs are found when there are many, over HTTP, on SQLite:
    python3 bench/runs/runs.py [runs=100000] [lines=10000000] [rounds=200] [folder=/tmp] [port=8767]
Starts `slipway serve` (build it first: dotnet build -c Release) and prints Markdown. Projects are made and logs printed by
the product itself; of the other runs only the rows are put into its database. Needs 2 GB of disk.
"""
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid

RUNS, LINES, ROUNDS = (int(sys.argv[at]) if len(sys.argv) > at else usual for at, usual in ((1, 100_000), (2, 10_000_000), (3, 200)))
PLACE = sys.argv[4] if len(sys.argv) > 4 else tempfile.gettempdir()
PORT = int(sys.argv[5]) if len(sys.argv) > 5 else 8767
PROGRAM = pathlib.Path(__file__).parents[2] / "src/Slipway/bin/Release/net10.0/slipway"
PROJECTS, PRINTED = 50, 91
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="slipway-runs-", dir=PLACE))
STATES = (["succeeded"] * 70 + ["failed"] * 20 + ["cancelled"] * 7 + ["lost", "queued", "running"])
EXECUTORS = (["local"] * 60 + ["docker"] * 20 + ["slurm"] * 10 + ["kubernetes"] * 5 + ["builtin"] * 5)
CHANCE = random.Random(1)

# One error in 1,000 lines, one line with "needle" in the second half of each log, figures as trainers print them.
PRINT = """
awk -v lines="$LINES" 'BEGIN { for (i = 0; i < lines; i++) {
  if (i % 1000 == 999) print "[ERROR|trainer.py:1] 2026-08-18 19:50:01 >> shard " i " cannot be read"
  else if (i % 100 == 1) print "[INFO|trainer.py:2519] 2026-08-18 19:50:01 >> Saving model checkpoint to out/checkpoint-" i
  else if (i == int(lines * 2 / 3)) print "here is the needle"
  else print "worker " i % 8 " has read another sample, number " i ", of the shard"
} }'
"""
# 20,000 lines a second until it is killed.
CHATTER = """
while :; do awk 'BEGIN { for (i = 0; i < 2000; i++) print "worker " i % 8 " has read another sample, number " i ", of the shard" }'; sleep 0.1; done
"""


class Server:
    """`slipway serve` on the folder, and one connection to it."""

    def __init__(self):
        settings = {"SLIPWAY_DATA": f"{FOLDER}/data", "Training__Folder": str(FOLDER), "Training__MaxRunsWithoutGpu": "3",
                    "Training__StopGraceSeconds": "1", "Training__Command__0": "bash", "Training__Command__1": "print.sh"}
        self.process = subprocess.Popen([PROGRAM, "serve", "--no-model", "--port", str(PORT), "--log-level", "error"], env=os.environ | settings)
        while self.process.poll() is None:
            try:
                self.connection = http.client.HTTPConnection("127.0.0.1", PORT)
                self.ask("GET", "/healthz")
                return
            except OSError:
                time.sleep(0.1)
        sys.exit("the server did not start")

    def ask(self, method, path, body=None):
        self.connection.request(method, path, None if body is None else json.dumps(body), {"content-type": "application/json"})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 400:
            sys.exit(f"{method} {path}: {answer.status} {text.decode()}")
        return answer, text

    def tell(self, method, path, body=None):
        return json.loads(self.ask(method, path, body)[1])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def print_logs(server):
    """Projects, and runs of them that print: the last one a tenth of all lines, the others a hundredth each."""
    (FOLDER / "print.sh").write_text(PRINT)
    (FOLDER / "chatter.sh").write_text(CHATTER)
    (FOLDER / "data.jsonl").write_text('{"instruction": "a", "output": "b"}\n')
    (FOLDER / "train.yaml").write_text("model_name_or_path: some\n")
    projects = [server.tell("POST", "/projects", {"name": f"project-{number}", "owner": f"team-{number % 5}", "tags": [f"tag-{number % 10}"],
                                                  "dataset_name": "data.jsonl", "training_yaml_name": "train.yaml"}) for number in range(PROJECTS)]
    runs = [server.tell("POST", f"/projects/project-{number % PROJECTS}/runs",
                        {"gpus": 0, "executor": "local", "env": {"LINES": str(LINES // 10 if number == PRINTED - 1 else LINES // 100)}})["id"]
            for number in range(PRINTED)]
    while any(int(server.ask("GET", f"/runs?status={state}")[0].headers["X-Total-Count"]) for state in ("queued", "starting", "running")):
        time.sleep(0.5)
    assert server.tell("GET", f"/runs/{runs[-1]}")["status"] == "succeeded"
    return projects, runs


def moved(row, **changes):
    return [changes.get(name, row[name]) for name in row.keys()]


def fill(projects, template):
    """Rows like those of a run that the product made, earlier ones. Nobody is to look after those that have not ended: they are another server's."""
    database = sqlite3.connect(f"{FOLDER}/data/slipway.db")
    database.row_factory = sqlite3.Row
    rows = {table: database.execute(f"select * from {table} where {key} = ?", [template]).fetchall()
            for table, key in (("runs", "id"), ("run_attempts", "run_id"), ("run_events", "run_id"))}
    run, now = rows["runs"][0], rows["runs"][0]["created_at"]

    def insert(table, values):
        width = len(database.execute(f"select * from {table} limit 0").description)
        database.executemany(f"insert into {table} values ({', '.join('?' * width)})", values)

    for number in range(RUNS - PRINTED - 1):
        created = now - (RUNS - number) * 60_000
        status, ident = CHANCE.choice(STATES), str(uuid.UUID(int=created << 80 | 7 << 76 | CHANCE.getrandbits(62) | 2 << 62))
        # The first project has a third of all runs.
        project = projects[0 if CHANCE.random() < 1 / 3 else CHANCE.randrange(PROJECTS)]["id"]
        metrics = {"loss": CHANCE.random(), "learning_rate": 1e-5, "grad_norm": CHANCE.random(), "epoch": 3.0}
        insert("runs", [moved(run, id=ident, project_id=project, status=status, executor=CHANCE.choice(EXECUTORS), owner="another", created_at=created,
                              queued_at=created, metrics=json.dumps(metrics), failure_reason="exit code 1" if status == "failed" else None)])
        insert("run_attempts", [moved(row, run_id=ident) for row in rows["run_attempts"]])
        insert("run_events", [moved(row, run_id=ident, at=created) for row in rows["run_events"]])
        if number % 10 == 0:
            insert("run_metrics", [(ident, place + 1, 1, name, place // 4, place / 1000, CHANCE.random(), created, "log")
                                   for place, name in enumerate(list(metrics) * (500 if number == 0 else 5))])
            insert("artifacts", [(str(uuid.UUID(int=CHANCE.getrandbits(128))), ident, 1, f"checkpoint/{name}.bin", 1, "0" * 64, "model", created) for name in metrics])
        figures = ident if number == 0 else figures
    database.commit()
    database.execute("pragma wal_checkpoint(truncate)")
    counts = {table: database.execute(f"select count(*) from {table}").fetchone()[0] for table in ("runs", "run_events", "run_metrics")}
    database.close()
    return figures, counts


def requests(server, projects, printed, figures, chatter):
    """What is asked: a name and a function that gives a path."""
    def lists(path, filters):
        joined = path + "?" + "".join(f"{name}={value}&" for name, value in filters.items())
        total = int(server.ask("GET", joined)[0].headers["X-Total-Count"])
        words = path.replace("project-0", "{largest}").replace("project-7", "{other}") + " " + " ".join(f"{name}={value}" for name, value in filters.items())
        for offset in sorted({0, min(1000, total), max(0, total - 50)}):
            yield f"`{words.strip()}` offset {offset:,} of {total:,}", lambda offset=offset: f"{joined}limit=50&offset={offset}"

    yield "`/projects`", lambda: "/projects"
    yield "`/projects` tag and owner", lambda: "/projects?tag=tag-3&owner=team-3"
    states, executors = ({"status": "succeeded"}, {"status": "running"}), ({"executor": "local"}, {"executor": "builtin"})
    for path, filters in [("/runs", {}), *(("/runs", one) for one in (*states, *executors)), *(("/runs", a | b) for a in states for b in executors),
                          ("/projects/project-0/runs", {}), ("/projects/project-7/runs", {}),
                          *(("/projects/project-0/runs", one) for one in (*states, *executors, states[0] | executors[0], states[1] | executors[1]))]:
        yield from lists(path, filters)
    known = [run["id"] for offset in range(0, RUNS, max(1, RUNS // 10)) for run in server.tell("GET", f"/runs?limit=20&offset={offset}")]
    yield "`/runs/{id}`", lambda: f"/runs/{CHANCE.choice(known)}"
    yield "`/runs/compare`, 20", lambda: f"/runs/compare?ids={','.join(CHANCE.sample(known, 20))}"
    yield "`/runs/{id}/metrics`, 20 points", lambda: f"/runs/{figures[1]}/metrics"
    yield "`/runs/{id}/metrics`, 2,000 points", lambda: f"/runs/{figures[0]}/metrics"
    yield "`/runs/{id}/metrics?name=`, 500 points", lambda: f"/runs/{figures[0]}/metrics?name=loss"
    for words, pick, lines in ((f"{LINES // 100:,} lines", lambda: CHANCE.choice(printed[:-1]), LINES // 100), (f"{LINES // 10:,} lines", lambda: printed[-1], LINES // 10)):
        for name, query in (("first page", lambda: ""), ("somewhere", lambda lines=lines: f"offset={CHANCE.randrange(lines)}"), ("tail=100", lambda: "tail=100"),
                            ("level=error", lambda: "level=error"), ("level=error, somewhere", lambda lines=lines: f"level=error&offset={CHANCE.randrange(lines // 1000)}"),
                            ("level=error tail=100", lambda: "level=error&tail=100"), ("search, near", lambda: "search=worker+3"), ("search, one line", lambda: "search=needle"),
                            ("search, absent", lambda: "search=nowhere"), ("search, absent, tail", lambda: "search=nowhere&tail=100")):
            yield f"log of {words}: {name}", lambda pick=pick, query=query: f"/runs/{pick()}/logs?{query()}"
    for name, query in (("tail=100", "tail=100"), ("level=error", "level=error"), ("search, absent", "search=nowhere")):
        yield f"log of the printing run: {name}", lambda query=query: f"/runs/{chatter}/logs?{query}"


def measure(server, asked):
    print("| request | p50, ms | p95, ms | p99, ms |\n|---|---|---|---|")
    worst = (0, "")
    for name, path in asked:
        times = []
        for number in range(ROUNDS + 5):
            target, begin = path(), time.perf_counter()
            server.ask("GET", target)
            times.append((time.perf_counter() - begin) * 1000)
        times = sorted(times[5:])
        p50, p95, p99 = (times[min(len(times) - 1, int(len(times) * share))] for share in (0.5, 0.95, 0.99))
        worst = max(worst, (p95, name))
        print(f"| {name} | {p50:.1f} | {p95:.1f} | {p99:.1f} |", flush=True)
    print(f"\nThe slowest at the 95th percentile: {worst[0]:.1f} ms, {worst[1]}.")


def main():
    server = Server()
    try:
        begin = time.time()
        projects, printed = print_logs(server)
        printing = time.time() - begin
        server.stop()
        first, counts = fill(projects, printed[0])
        (FOLDER / "print.sh").write_text((FOLDER / "chatter.sh").read_text())
        server = Server()
        chatter = server.tell("POST", "/projects/project-1/runs", {"gpus": 0, "executor": "local"})["id"]
        while server.tell("GET", f"/runs/{chatter}")["log_count"] < 100:
            time.sleep(0.2)
        other = next(run["id"] for run in server.tell("GET", f"/runs?limit=1000&offset={RUNS - 1000}") if len(server.tell("GET", f"/runs/{run['id']}/metrics")) == 20)
        print(f"{counts['runs']:,} runs of {PROJECTS} projects with {counts['run_events']:,} events and {counts['run_metrics']:,} figures; "
              f"{PRINTED} runs had printed {LINES:,} lines in {printing:.0f} s, another one went on printing 20,000 a second. "
              f"{ROUNDS} requests each, one after another; load {os.getloadavg()[0]:.1f} at the begin", end="", flush=True)
        print(".\n")
        measure(server, requests(server, projects, printed, (first, other), chatter))
        server.tell("POST", f"/runs/{chatter}/cancel")
        while server.tell("GET", f"/runs/{chatter}")["status"] == "running":
            time.sleep(0.2)
        print(f"Load {os.getloadavg()[0]:.1f} at the end.")
    finally:
        server.stop()
        shutil.rmtree(FOLDER)


main()

// What a switch of format costs those who are being answered: node bench/generation/switch.mjs MODEL.gguf [threads=2] [switches=50] [clients=16] [port=8769]
// Starts `slipway serve` (build it first: dotnet build -c Release) with a data folder of its own, lets clients stream without pause,
// and switches between int8 and int4. Prints Markdown; ends with 1 where an answer failed or was cut short.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [, , model, threads = "2", switches = "50", clients = "16", port = "8769"] = process.argv;
const binary = fileURLToPath(new URL("../../src/Slipway/bin/Release/net10.0/slipway", import.meta.url));
const url = `http://127.0.0.1:${port}`;
const data = mkdtempSync(join(tmpdir(), "slipway-switch-"));
const server = spawn(binary, ["serve", "--model", model, "--threads", threads, "--workers", clients, "--port", port, "--log-level", "error"],
  { stdio: "inherit", env: { ...process.env, SLIPWAY_DATA: data } });
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const most = (values) => values.reduce((high, value) => Math.max(high, value), 0);
const memory = () => Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]) / 1024;

const post = (path, body) => fetch(url + path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

async function switchTo(format) {
  const started = performance.now();
  const response = await post("/quantization", { format });
  const answer = await response.json();
  if (answer.current !== format) throw new Error(JSON.stringify(answer));
  return performance.now() - started;
}

const seen = { answers: 0, failed: 0, gaps: [], switched: [], tokens: 0 };
let goesOn = true, switching = false, name = "";

async function client(number) {
  for (let turn = 0; goesOn; turn++) {
    const response = await post("/v1/chat/completions",
      { model: name, messages: [{ role: "user", content: `What is ${number} plus ${turn}?` }], max_tokens: 64, ignore_eos: true, stream: true });
    let [text, last] = ["", 0];
    for await (const bytes of response.body ?? []) {
      const now = performance.now();
      if (last > 0) (switching ? seen.switched : seen.gaps).push(now - last);
      last = now;
      text += Buffer.from(bytes).toString("utf8");
    }
    seen.answers++;
    if (!response.ok || !text.endsWith("data: [DONE]\n\n") || /^data: {"error"/m.test(text)) {
      seen.failed++;
      console.error(response.status, text.slice(-300));
    }
  }
}

try {
  while (!(await fetch(`${url}/api/v1/health`).then((r) => r.ok, () => false))) await new Promise((resolve) => setTimeout(resolve, 50));
  name = (await (await fetch(`${url}/v1/models`)).json()).data[0].id;
  const making = await switchTo("int4");
  const running = Array.from({ length: Number(clients) }, (_, number) => client(number));
  for (let i = 0; i < 10; i++) await switchTo(i % 2 ? "int4" : "int8");
  const before = memory();
  const times = [];
  for (let i = 0; i < Number(switches); i++) {
    switching = true;
    times.push(await switchTo(i % 2 ? "int4" : "int8"));
    switching = false;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const after = memory();
  goesOn = false;
  await Promise.all(running);
  console.log("| what | measured |\n|---|---|");
  console.log(`| making int4 and switching to it, nobody asking | ${(making / 1000).toFixed(2)} s |`);
  console.log(`| ${switches} switches under ${clients} streams, each | median ${median(times).toFixed(0)} ms, longest ${most(times).toFixed(0)} ms |`);
  console.log(`| answers, failed or cut short | ${seen.answers}, ${seen.failed} |`);
  console.log(`| longest wait for a token between switches | ${most(seen.gaps).toFixed(0)} ms |`);
  console.log(`| longest wait for a token during a switch | ${most(seen.switched).toFixed(0)} ms |`);
  console.log(`| memory of its own after 10 switches, and after ${switches} more | ${before.toFixed(0)} MiB, ${after.toFixed(0)} MiB |`);
  process.exitCode = seen.failed > 0 ? 1 : 0;
} finally {
  const ended = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGTERM");
  await ended;
  rmSync(data, { recursive: true });
}

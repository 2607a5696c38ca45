// What a batch saves: node bench/generation/batch.mjs MODEL.gguf [threads=2] [rounds=5] [tokens=128] [port=8768]
// Starts `slipway serve` (build it first: dotnet build -c Release), has ten prompts continued one after another and then together,
// and prints Markdown: medians of the rounds, and how much of the time alone the batch takes.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const [, , model, threads = "2", rounds = "5", tokens = "128", port = "8768"] = process.argv;
const binary = fileURLToPath(new URL("../../src/Slipway/bin/Release/net10.0/slipway", import.meta.url));
const url = `http://127.0.0.1:${port}`;
const server = spawn(binary, ["serve", "--model", model, "--threads", threads, "--port", port, "--log-level", "error"], { stdio: "inherit" });
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

async function post(path, body) {
  const response = await fetch(url + path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function seconds(work) {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

try {
  while (!(await fetch(`${url}/api/v1/health`).then((r) => r.ok, () => false))) await new Promise((resolve) => setTimeout(resolve, 50));
  // Fresh prompts each time: what was computed before would be taken from the cache. Sums, since the bundled model thinks about
  // them at some length; what is made is counted, so that it shows whether both ways did the same work.
  let fresh = 0;
  const prompts = () => Array.from({ length: 10 }, () => `What is ${10 + (++fresh % 83)} plus ${10 + ((fresh * 37) % 89)}?`);
  const settings = { max_length: Number(tokens), do_sample: false, chat: true };
  await post("/batch_generate", { prompts: prompts(), ...settings });
  const [alone, together] = [{ time: [], tokens: 0 }, { time: [], tokens: 0 }];
  for (let round = 0; round < Number(rounds); round++) {
    alone.time.push(await seconds(async () => {
      for (const prompt of prompts()) alone.tokens += (await post("/generate", { prompt, ...settings })).completion_tokens;
    }));
    together.time.push(await seconds(async () => {
      const { results, stats } = await post("/batch_generate", { prompts: prompts(), ...settings });
      if (stats.failed > 0) throw new Error(JSON.stringify(results));
      together.tokens += results.reduce((sum, { result }) => sum + result.completion_tokens, 0);
    }));
  }
  const perToken = (way) => median(way.time) / (way.tokens / way.time.length);
  console.log(`| | median of ${rounds} | tokens made a round | per token |`);
  console.log("|---|---:|---:|---:|");
  for (const [name, way] of [["ten `/generate`, one after another", alone], ["one `/batch_generate` of ten", together]]) {
    console.log(`| ${name} | ${median(way.time).toFixed(2)} s | ${(way.tokens / way.time.length).toFixed(0)} | ${(perToken(way) * 1000).toFixed(2)} ms |`);
  }
  console.log(`\nThe batch takes ${(median(together.time) / median(alone.time)).toFixed(3)} of the time, ${(perToken(together) / perToken(alone)).toFixed(3)} per token.`);
} finally {
  server.kill("SIGTERM");
}

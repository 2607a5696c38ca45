// How a server behaves under several clients: node bench/serving.mjs MODEL.gguf [threads=2] [requests=2000] [port=8765]
// Starts `slipway serve` (build it first: dotnet build -c Release), measures, prints Markdown.
import { spawn } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const [, , model, threads = "2", requests = "2000", port = "8765"] = process.argv;
const binary = fileURLToPath(new URL("../src/Slipway/bin/Release/net10.0/slipway", import.meta.url));
const url = `http://127.0.0.1:${port}/api/v1`;
const server = spawn(binary, ["serve", "--model", model, "--threads", threads, "--workers", "8", "--port", port, "--log-level", "error"], { stdio: "inherit" });
const residentMiB = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]) / 1024;
const anonymousMiB = () => Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]) / 1024;

/** Streams one answer; returns seconds to the first chunk and in all, and the text. */
async function stream(body, signal, onFirst) {
  const started = performance.now();
  const response = await fetch(`${url}/chat/stream`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal,
  });
  let first = 0, text = "", rest = "";
  for await (const bytes of response.body.pipeThrough(new TextDecoderStream())) {
    rest += bytes;
    const events = rest.split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const { type, content } = JSON.parse(event.slice(6));
      if (type === "chunk" && !first) {
        first = (performance.now() - started) / 1000;
        onFirst?.();
      }
      if (type === "error") throw new Error(content);
      text += content;
    }
  }
  return { first, all: (performance.now() - started) / 1000, text };
}

const words = (count, salt) => Array.from({ length: count }, (_, i) => `word${(i * 7919 + salt * 31) % 9973}`).join(" ");
const until = async (done) => { while (!(await done())) await new Promise((resolve) => setTimeout(resolve, 50)); };

try {
  await until(() => fetch(`${url}/health`).then((r) => r.ok, () => false));
  await stream({ message: "warm up", max_tokens: 8, seed: 1 });
  const tokens = 64;
  const speed = async (count, salt) => {
    const runs = await Promise.all(Array.from({ length: count }, (_, i) => stream({ message: `hi ${salt} ${i}`, max_tokens: tokens, seed: i })));
    return (count * tokens) / Math.max(...runs.map((run) => run.all));
  };
  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  const [one, eight] = [[], []];
  for (let round = 0; round < 3; round++) {
    one.push(await speed(1, round));
    eight.push(await speed(8, round + 10));
  }
  console.log(`| one stream | ${median(one).toFixed(1)} tokens/s |`);
  console.log(`| eight streams together | ${median(eight).toFixed(1)} tokens/s, ${(median(eight) / median(one)).toFixed(2)}× one |`);

  const firstTurn = words(200, 1); // about 1,000 tokens
  const cold = await stream({ message: firstTurn, max_tokens: 16, seed: 1, temperature: 0 });
  const history = [{ role: "user", content: firstTurn }, { role: "assistant", content: cold.text }];
  const warm = await stream({ message: "and then?", history, max_tokens: 4, seed: 1, temperature: 0 });
  const info = await (await fetch(`${url}/chat`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ message: "and then?", history, max_tokens: 1, seed: 1 }) })).json();
  console.log(`| first token, first turn of a conversation | ${(cold.first * 1000).toFixed(0)} ms |`);
  console.log(`| first token, second turn (${info.usage.prompt_tokens} tokens) | ${(warm.first * 1000).toFixed(0)} ms, ${(cold.first / warm.first).toFixed(1)}× sooner |`);

  const leaver = new AbortController();
  const running = Array.from({ length: 8 }, (_, i) => stream({ message: `long ${i}`, max_tokens: 400, seed: i }, i === 0 ? leaver.signal : undefined).catch(() => null));
  await new Promise((resolve) => setTimeout(resolve, 3000));
  let left = 0;
  const ninth = stream({ message: "ninth", max_tokens: 2, seed: 9 }, undefined, () => { left = performance.now() - left; });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const waited = left === 0;
  left = performance.now();
  leaver.abort();
  await ninth;
  console.log(`| ninth client, after one of eight left | ${waited ? `${left.toFixed(0)} ms to its first token` : "did not have to wait"} |`);
  await Promise.all(running);

  const samples = [];
  for (let done = 0; done < Number(requests); done += 8) {
    await Promise.all(Array.from({ length: 8 }, (_, i) => stream({ message: `request ${done + i} ${words(4, done + i)}`, max_tokens: 2, seed: i })));
    if (done % 400 === 0) samples.push([done, anonymousMiB()]);
  }
  samples.push([Number(requests), anonymousMiB()]);
  console.log(`| memory of its own (without the mapped file) after ${samples.map(([n]) => n).join(" / ")} requests | ${samples.map(([, m]) => m.toFixed(0)).join(" / ")} MiB |`);
  console.log(`| resident in all | ${residentMiB().toFixed(0)} MiB; the file has ${(statSync(model).size / 2 ** 20).toFixed(0)} MiB |`);
} finally {
  server.kill("SIGTERM");
}

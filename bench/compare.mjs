// Slipway beside llama.cpp on the same files, turn by turn in one run: node bench/compare.mjs THREADS ROUNDS MODEL.gguf…
// First: (cd bench/peers/llama && npm install --ignore-scripts) and dotnet build -c Release. Prints a Markdown table of medians.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { cpus } from "node:os";

const [, , threads, rounds, ...models] = process.argv;
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const slipway = at("../src/Slipway/bin/Release/net10.0/slipway");
const json = (command, args) => JSON.parse(execFileSync(command, args, { cwd: at("peers/llama"), stdio: ["ignore", "pipe", "ignore"] }).toString());
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

console.log(`${cpus()[0].model}, ${threads} threads, ${rounds} rounds, medians of tokens per second; 512 tokens of prompt, 64 generated.\n`);
console.log("| model | kernels | prompt: llama.cpp | prompt: slipway | ratio | generation: llama.cpp | generation: slipway | ratio |");
console.log("|---|---|---|---|---|---|---|---|");
for (const model of models) {
  const [theirs, ours] = [[], []];
  for (let round = 0; round < Number(rounds); round++) {
    theirs.push(json("node", ["speed.mjs", model, threads, "512", "64", "1"]));
    ours.push(json(slipway, ["bench", "-m", model, "--threads", threads, "--rounds", "1", "--json"]));
  }
  const of = (runs, key) => median(runs.map((run) => run[key]));
  const [pp, tg] = ["pp512", "tg64"].map((key) => [of(theirs, key), of(ours, key)]);
  const ratio = ([their, our]) => `**${(our / their).toFixed(2)}×**`;
  console.log(`| ${model.split("/").pop()} | ${ours[0].kernels} | ${pp[0].toFixed(0)} | ${pp[1].toFixed(0)} | ${ratio(pp)} | ${tg[0].toFixed(1)} | ${tg[1].toFixed(1)} | ${ratio(tg)} |`);
}

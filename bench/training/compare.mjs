// Training beside PyTorch on the same shapes, turn by turn in one run: node bench/training/compare.mjs THREADS ROUNDS
// First: dotnet build -c Release, and Debian's python3-torch. BLAS=FOLDER names the folder of another libblas.so.3 for PyTorch
// (OpenBLAS; Debian's default is the reference BLAS, which is no peer). Prints a Markdown table of medians.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { cpus } from "node:os";

const [, , threads = "1", rounds = "5"] = process.argv;
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const slipway = at("../../src/Slipway/bin/Release/net10.0/slipway");
const shapes = {
  "6 M weights, 8 × 256 tokens": { hidden: 256, "feed-forward": 768, layers: 6, heads: 4, "key-heads": 2, "head-length": 64, vocabulary: 4096, examples: 8, length: 256 },
  "6 M weights, 2 × 1024 tokens": { hidden: 256, "feed-forward": 768, layers: 6, heads: 4, "key-heads": 2, "head-length": 64, vocabulary: 4096, examples: 2, length: 1024 },
  "29 M weights, 4 × 512 tokens": { hidden: 512, "feed-forward": 1536, layers: 8, heads: 8, "key-heads": 4, "head-length": 64, vocabulary: 8192, examples: 4, length: 512 },
};

const run = (command, args, environment = {}) =>
  execFileSync(command, args, { env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "inherit"] }).toString();
const flags = (shape) => Object.entries({ ...shape, threads }).flatMap(([name, value]) => [`--${name}`, String(value)]);
const ours = (shape) => JSON.parse(run(slipway, ["bench", "train", ...flags(shape), "--json"])).tokens_per_second;
const blas = process.env.BLAS ? { LD_LIBRARY_PATH: process.env.BLAS } : {};
const theirs = (shape) => JSON.parse(run("/usr/bin/python3", [at("torch_peer.py"), "speed", ...flags(shape)],
  { ...blas, OMP_NUM_THREADS: threads, OPENBLAS_NUM_THREADS: threads })).tokens_per_second;
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/** Operations of a training step per token: three products for each weight of a matrix, and those of causal attention. */
function operations(shape) {
  const [queries, keys] = [shape.heads * shape["head-length"], shape["key-heads"] * shape["head-length"]];
  const layer = shape.hidden * (2 * queries + 2 * keys + 3 * shape["feed-forward"]);
  return 6 * (shape.layers * layer + shape.vocabulary * shape.hidden) + 6 * shape.layers * shape.length * queries;
}

const peak = Number(run("dotnet", ["run", "-c", "Release", at("peak.cs"), threads])) * 1e9;
console.log(`${cpus()[0].model}, ${threads} threads, ${rounds} rounds, medians of tokens per second over whole training steps`);
console.log(`(forward, backward, clipping, AdamW; singles). The machine's peak is ${(peak / 1e9).toFixed(0)} GFLOP/s in singles.\n`);
console.log("| model and batch | PyTorch | slipway | ratio | PyTorch, share of peak | slipway, share of peak |");
console.log("|---|---|---|---|---|---|");
for (const [name, shape] of Object.entries(shapes)) {
  const speeds = [[], []];
  for (let round = 0; round < Number(rounds); round++) {
    speeds[0].push(theirs(shape));
    speeds[1].push(ours(shape));
  }
  const [their, our] = speeds.map(median);
  const share = (speed) => `${((100 * speed * operations(shape)) / peak).toFixed(0)} %`;
  console.log(`| ${name} | ${their.toFixed(0)} | ${our.toFixed(0)} | **${(our / their).toFixed(2)}×** | ${share(their)} | ${share(our)} |`);
}

// Speed of llama.cpp on a GGUF, one JSON line: node speed.mjs MODEL.gguf [threads=2] [prompt=512] [generate=64] [rounds=3]
// The prompt's and the answer's tokens per second are medians over the rounds, after one prompt to warm up.
import { getLlama, LlamaLogLevel } from "node-llama-cpp";

const [, , modelPath, threads = "2", promptLength = "512", answerLength = "64", rounds = "3"] = process.argv;
const llama = await getLlama({ gpu: false, build: "never", logLevel: LlamaLogLevel.error, maxThreads: Number(threads) });
const model = await llama.loadModel({ modelPath, useMmap: true });
const context = await model.createContext({
  contextSize: Math.max(2048, Number(promptLength) + Number(answerLength) + 64),
  batchSize: 512,
  threads: Number(threads),
  flashAttention: true,
});
const sequence = context.getSequence();
const prompt = Array.from({ length: Number(promptLength) }, (_, i) => 1000 + ((i * 7919) % 100000));

async function promptSpeed() {
  await sequence.clearHistory();
  const started = performance.now();
  await sequence.evaluateWithoutGeneratingNewTokens(prompt);
  return (prompt.length / (performance.now() - started)) * 1000;
}

async function answerSpeed() {
  await sequence.clearHistory();
  let count = 0;
  let started = 0;
  for await (const _ of sequence.evaluate(prompt.slice(0, 8), { temperature: 0, yieldEogToken: true })) {
    started ||= performance.now();
    if (++count > Number(answerLength)) {
      break;
    }
  }
  return ((count - 1) / (performance.now() - started)) * 1000;
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
await promptSpeed();
const [pp, tg] = [[], []];
for (let round = 0; round < Number(rounds); round++) {
  pp.push(await promptSpeed());
  tg.push(await answerSpeed());
}
console.log(JSON.stringify({
  engine: `llama.cpp (node-llama-cpp 3.22.1)`,
  model: modelPath.split("/").pop(),
  threads: Number(threads),
  [`pp${promptLength}`]: Number(median(pp).toFixed(1)),
  [`tg${answerLength}`]: Number(median(tg).toFixed(2)),
}));
process.exit(0);

// Greedy tokens of llama.cpp: node greedy.mjs MODEL.gguf '[prompt ids]' COUNT → the ids, separated by spaces.
import { getLlama, LlamaLogLevel } from "node-llama-cpp";

const [, , modelPath, prompt, count] = process.argv;
const llama = await getLlama({ gpu: false, build: "never", logLevel: LlamaLogLevel.error, maxThreads: 2 });
const model = await llama.loadModel({ modelPath, useMmap: true });
const context = await model.createContext({ contextSize: 512, batchSize: 512, threads: 2, flashAttention: false });
const ids = [];
for await (const id of context.getSequence().evaluate(JSON.parse(prompt), { temperature: 0, yieldEogToken: true })) {
  ids.push(id);
  if (ids.length >= Number(count)) {
    break;
  }
}
console.log(ids.join(" "));
process.exit(0);

// Greedy tokens of llama.cpp, as long as somebody asks: a line of standard input, {"model": "M.gguf", "prompt": [ids], "count": N}, is
// answered by one, {"tokens": [ids]} or {"error": "why"}. It takes llama.cpp seconds to start; models are loaded for every line. One thread:
// several wait for one another without sleeping, which is slow where others compute, too.
import { createInterface } from "node:readline";
import { getLlama, LlamaLogLevel } from "node-llama-cpp";

const llama = await getLlama({ gpu: false, build: "never", logLevel: LlamaLogLevel.error, maxThreads: 1 });

async function greedy({ model: modelPath, prompt, count }) {
  const model = await llama.loadModel({ modelPath, useMmap: true });
  try {
    const context = await model.createContext({ contextSize: 512, batchSize: 512, threads: 1, flashAttention: false });
    const tokens = [];
    for await (const id of context.getSequence().evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
      tokens.push(id);
      if (tokens.length >= count) {
        break;
      }
    }
    return tokens;
  } finally {
    await model.dispose();
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = { tokens: await greedy(JSON.parse(line)) };
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit(0);

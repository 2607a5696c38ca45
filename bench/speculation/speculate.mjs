// What guessing from the text itself saves: node bench/speculation/speculate.mjs MODEL.gguf [threads=2] [rounds=5] [port=8770]
// Starts two servers (build first: dotnet build -c Release), one that guesses and one that does not, asks both the same in turns, checks
// that they answer the same, prints Markdown. A model of random weights says nothing, but goes round when it is greedy: an upper bound.
import { median, ready, startPair, stop } from "./pair.mjs";

const [, , model, threads = "2", rounds = "5", port = "8770"] = process.argv;
const text = Array.from({ length: 12 }, (_, i) => `Line ${i + 1}: the shop in street ${i * 7 + 3} opens at ${8 + (i % 3)} and closes at ${17 + (i % 4)}.`).join("\n");
const tasks = {
  "edit a text": { messages: [{ role: "user", content: `Copy this text and write "store" for "shop":\n${text}` }], temperature: 0, max_tokens: 400 },
  "answer again": {
    messages: [
      { role: "user", content: "What is AES?" },
      { role: "assistant", content: "AES is the Advanced Encryption Standard. It is a symmetric algorithm: the same key encrypts and decrypts." },
      { role: "user", content: "What is AES?" },
    ],
    temperature: 0, max_tokens: 200,
  },
  "free chat, greedy": { messages: [{ role: "user", content: "Who are you, and what can you do?" }], temperature: 0, max_tokens: 200 },
  "free chat, drawn": { messages: [{ role: "user", content: "你好，你是谁？" }], temperature: 0.8, seed: 11, max_tokens: 200 },
};

async function ask(server, task) {
  const started = performance.now();
  const response = await fetch(`${server.url}/v1/chat/completions`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ model: server.name, ...task }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(JSON.stringify(answer));
  return { seconds: (performance.now() - started) / 1000, tokens: answer.usage.completion_tokens, text: answer.choices[0].message.content };
}

const servers = startPair(model, threads, port);
try {
  await ready(servers);
  console.log("| task | tokens | without | with guesses | ratio | same text |\n|---|---|---|---|---|---|");
  for (const [title, task] of Object.entries(tasks)) {
    const speeds = { plain: [], guessing: [] };
    const ratios = [];
    let same = true, tokens = 0;
    for (let round = 0; round < Number(rounds); round++) {
      const answers = {};
      for (const kind of round % 2 ? ["plain", "guessing"] : ["guessing", "plain"]) {
        answers[kind] = await ask(servers[kind], task);
        speeds[kind].push(answers[kind].tokens / answers[kind].seconds);
      }
      same &&= answers.plain.text === answers.guessing.text;
      tokens = answers.plain.tokens;
      ratios.push(speeds.guessing.at(-1) / speeds.plain.at(-1));
    }
    console.log(`| ${title} | ${tokens} | ${median(speeds.plain).toFixed(1)} tokens/s | ${median(speeds.guessing).toFixed(1)} tokens/s | ${median(ratios).toFixed(2)} | ${same ? "yes" : "NO"} |`);
  }
} finally {
  stop(servers);
}

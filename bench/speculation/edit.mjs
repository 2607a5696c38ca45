// What guessing from the text itself saves where a text is edited: node bench/speculation/edit.mjs EDITOR.gguf [threads=2] [rounds=5] [port=8772]
// EDITOR.gguf is written by editor.py. First texts that the model edits, greedy: the answer must be the text with the old words changed for
// the new, from both servers. Then what speaks against guessing: answers that are drawn, and drawn from so few words that there is nearly
// always a guess and it is mostly wrong; both servers must draw the same. Each round has a prompt of its own, so that none is found in
// the cache; both servers have it, in turns. Prints Markdown; ends with 1 where an answer is not what it must be.
import { readFileSync } from "node:fs";
import { guesses, median, ready, startPair, stop, stream } from "./pair.mjs";

const [, , model, threads = "2", rounds = "5", port = "8772"] = process.argv;
const read = (name) => readFileSync(new URL(`texts/${name}`, import.meta.url), "utf8").trimEnd();
const talk = (round, ...messages) => [
  { role: "system", content: `This is conversation ${round}.` },
  ...messages.map((content, i) => ({ role: i % 2 ? "assistant" : "user", content })),
];

const edits = Object.entries(JSON.parse(read("edits.json"))).map(([file, { title, wish, edit, words }]) => {
  const text = read(file);
  const expected = words.reduce((now, [old, other]) => now.replace(new RegExp(/\w/.test(old) ? `\\b${old}\\b` : old, "g"), other), text);
  return { title, expected, body: (round) => ({ messages: talk(round, wish, text, edit), temperature: 0, max_tokens: 1200 }) };
});

const harbour = read("harbour.txt");
const drawn = (title, temperature, messages, more = {}) => ({
  title, body: (round) => ({ messages: talk(round, ...messages), temperature, seed: 100 + round, max_tokens: 300, ignore_eos: true, ...more }),
});
// The old words again, by their ids in Qwen's vocabulary: where the model finds one it means the new one, which is not allowed, so that all
// are about as probable. With a thousand and a half of them in the prompt, what comes is nearly always a guess, and right as often as by chance.
const words = {
  harbour: 74642, grey: 19780, colour: 12463, metres: 36256, centre: 12261, neighbours: 35856, labour: 22939, travelled: 45268, theatre: 33496,
  favourite: 18696, neighbouring: 60927,
};
const few = (count) => {
  const names = Object.keys(words).slice(0, count);
  let state = 1;
  const draw = () => names[Math.floor(((state = (state * 48271) % 2147483647) / 2147483647) * count)];
  const prompt = Array.from({ length: 1500 }, () => ` ${draw()}`).join("");
  const bias = Object.fromEntries(names.map((name) => [words[name], 100]));
  return drawn(`one of ${count} words after another, drawn`, 2, [prompt], { logit_bias: bias });
};
const against = [
  drawn("free chat, drawn", 2, ["Who are you, and what can you do?"]),
  drawn("a copy that goes astray, drawn", 1.5, ["Write a page about our harbour.", harbour, "Again, please."]),
  ...[2, 4, 8, 11].map(few),
];

async function compare({ body, expected }) {
  const seen = { plain: [], guessing: [] };
  const before = await guesses(servers.guessing);
  let right = true, fault = "";
  for (let round = 0; round < Number(rounds); round++) {
    const texts = {};
    for (const kind of round % 2 ? ["plain", "guessing"] : ["guessing", "plain"]) {
      const answer = await stream(servers[kind], body(round));
      seen[kind].push(answer);
      texts[kind] = answer.text;
    }
    right &&= texts.plain === texts.guessing && (expected === undefined || texts.plain === expected);
    fault ||= right ? "" : difference(texts.plain === expected ? texts.guessing : texts.plain, expected ?? texts.guessing);
  }
  const after = await guesses(servers.guessing);
  const computed = after.computed - before.computed;
  const speeds = (kind) => seen[kind].map((answer) => (answer.tokens - 1) / answer.writing);
  const ratios = (measure) => median(seen.plain.map((plain, i) => measure(plain) / measure(seen.guessing[i])));
  return {
    right, fault, tokens: seen.plain.at(-1).tokens, plain: median(speeds("plain")), guessing: median(speeds("guessing")),
    writing: ratios((answer) => answer.writing), whole: ratios((answer) => answer.seconds),
    computed: computed / Number(rounds), accepted: computed ? (after.right - before.right) / computed : undefined,
  };
}

function difference(text, other) {
  let at = 0;
  while (at < text.length && text[at] === other[at]) at++;
  const then = (from) => JSON.stringify(from.slice(at, at + 60));
  return `the first ${at} of ${other.length} characters are right; then ${then(text)}, not ${then(other)}`;
}

async function table(heading, tasks, verdict) {
  console.log(`| ${heading} | tokens | without | with guesses | ratio | with the prompt | guesses, right | ${verdict} |`);
  console.log("|---|---|---|---|---|---|---|---|");
  for (const task of tasks) {
    const seen = await compare(task);
    const share = seen.accepted === undefined ? "" : `, ${(100 * seen.accepted).toFixed(0)} %`;
    console.log(`| ${task.title} | ${seen.tokens} | ${seen.plain.toFixed(1)} tokens/s | ${seen.guessing.toFixed(1)} tokens/s `
      + `| ${seen.writing.toFixed(2)} | ${seen.whole.toFixed(2)} | ${seen.computed.toFixed(0)}${share} | ${seen.right ? "yes" : "NO"} |`);
    if (!seen.right) {
      process.exitCode = 1;
      console.error(`${task.title}: ${seen.fault}`);
    }
  }
  console.log();
}

const servers = startPair(model, threads, port);
try {
  await ready(servers);
  await table("edited", edits, "as expected, both");
  await table("against it", against, "same text");
} finally {
  stop(servers);
}

// Chats with a Slipway server. No packages: Node 18 or newer, and the same code runs in a browser but for the terminal.
//
//     node chat.mjs [http://127.0.0.1:8000]
//
// Each line is said to the model, and its answer streams back; "quit" leaves.
import { createInterface } from "node:readline";

const url = (process.argv[2] ?? "http://127.0.0.1:8000").replace(/\/$/, "");

/** Yields the events of one answer as they come. */
async function* stream(message, history) {
  const response = await fetch(`${url}/api/v1/chat/stream`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ message, history }),
  });
  if (!response.ok) {
    const { detail } = await response.json(); // Every refusal says why.
    throw new Error(typeof detail === "string" ? detail : JSON.stringify(detail));
  }

  let rest = "";
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const events = (rest + text).split("\n\n");
    rest = events.pop(); // What follows the last blank line is not a whole event yet.
    for (const event of events) {
      yield JSON.parse(event.slice("data: ".length));
    }
  }
}

const history = [];
for await (const line of createInterface({ input: process.stdin })) {
  const message = line.trim();
  if (message === "quit") break;
  if (!message) continue;

  let answer = "";
  try {
    for await (const event of stream(message, history)) {
      if (event.type === "chunk") {
        answer += event.content;
        process.stdout.write(event.content);
      } else if (event.type === "error") {
        console.error(`\n${event.content}`);
      }
    }
  } catch (error) {
    console.error(error.cause?.message ?? error.message);
    continue;
  }

  console.log();
  history.push({ role: "user", content: message }, { role: "assistant", content: answer });
}

// Two servers of the same model, one that guesses from the text itself and one that does not, and what is asked of them. Build first:
// dotnet build -c Release.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const binary = fileURLToPath(new URL("../../src/Slipway/bin/Release/net10.0/slipway", import.meta.url));
const until = async (done) => { while (!(await done())) await new Promise((resolve) => setTimeout(resolve, 100)); };

export const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

export function startPair(model, threads, port) {
  const serve = (drafts, at) => {
    const data = mkdtempSync(join(tmpdir(), "slipway-speculate-"));
    return {
      data,
      url: `http://127.0.0.1:${at}`,
      process: spawn(binary, ["serve", "--model", model, "--threads", threads, "--port", String(at), "--log-level", "error"], {
        stdio: "inherit", env: { ...process.env, Serving__DraftTokens: String(drafts), SLIPWAY_DATA: data },
      }),
    };
  };
  return { plain: serve(0, Number(port)), guessing: serve(16, Number(port) + 1) };
}

export async function ready(servers) {
  for (const server of Object.values(servers)) {
    const models = () => fetch(`${server.url}/v1/models`).then(async (r) => (server.name = (await r.json()).data[0]?.id ?? ""), () => "");
    await until(() => (server.process.exitCode === null ? models() : Promise.reject(new Error("A server ended; what it said stands above."))));
    await stream(server, { messages: [{ role: "user", content: "warm up" }], max_tokens: 64 });
  }
}

export const stop = (servers) => Object.values(servers).forEach((server) => {
  server.process.once("exit", () => rmSync(server.data, { recursive: true }));
  server.process.kill();
});

/// The answer's text and tokens; seconds in all, and from its first token to its last.
export async function stream(server, task) {
  const began = performance.now();
  const response = await fetch(`${server.url}/v1/chat/completions`, {
    method: "POST", headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: server.name, stream: true, stream_options: { include_usage: true }, ...task }),
  });
  if (!response.ok) throw new Error(await response.text());
  const answer = { text: "", tokens: 0 };
  let first = 0, last = 0, rest = "";
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop();
    for (const line of lines.filter((each) => each.startsWith("data: {"))) {
      const event = JSON.parse(line.slice(6));
      if (event.error) throw new Error(JSON.stringify(event.error));
      answer.tokens = event.usage?.completion_tokens ?? answer.tokens;
      const delta = event.choices?.[0]?.delta;
      const written = (delta?.reasoning_content ?? "") + (delta?.content ?? "");
      if (written) {
        answer.text += written;
        last = performance.now();
        first ||= last;
      }
    }
  }
  return { ...answer, seconds: (performance.now() - began) / 1000, writing: (last - first) / 1000 };
}

/// How many guesses a server has computed since it began, and how many of them were right.
export async function guesses(server) {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const count = (name) => Number(text.match(new RegExp(`^vllm:spec_decode_num_${name}_tokens_total\\{.*\\} (.+)$`, "m"))[1]);
  return { computed: count("draft"), right: count("accepted") };
}

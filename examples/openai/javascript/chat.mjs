// OpenAI's own JavaScript library against a Slipway server.
//
//     npm install && node chat.mjs "Who are you?"
//
// OPENAI_BASE_URL and OPENAI_API_KEY say where and as whom; the library reads both by itself, too.
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: process.env.OPENAI_BASE_URL ?? "http://127.0.0.1:8000/v1",
  apiKey: process.env.OPENAI_API_KEY ?? "none", // A server without keys lets its own machine in.
});

const model = process.env.MODEL ?? (await client.models.list()).data[0].id;
const question = process.argv[2] ?? "Who are you?";

try {
  const stream = await client.chat.completions.create({
    model,
    messages: [{ role: "user", content: question }],
    max_tokens: 200,
    stream: true,
    stream_options: { include_usage: true },
  });
  for await (const chunk of stream) {
    process.stdout.write(chunk.choices[0]?.delta.content ?? "");
    if (chunk.usage) console.log(`\n(${chunk.usage.completion_tokens} tokens)`);
  }
} catch (error) {
  if (!(error instanceof OpenAI.APIError)) throw error;
  console.error(error.message); // Says what was wrong and what would be accepted.
  process.exitCode = 1;
}

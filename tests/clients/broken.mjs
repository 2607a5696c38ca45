// What clients make of a stream whose upstream breaks off: node broken.mjs URL MODEL KEY
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { ChatOpenAI } from "@langchain/openai";
import { streamText } from "ai";
import OpenAI from "openai";
import { messages, question, refusalOf, run, server } from "./program.mjs";

const { baseURL, key: apiKey, model } = server;

/** What was read before the error, and the error. */
async function readBroken(start) {
  let text = "";
  const refusal = await refusalOf(() => start((more) => (text += more)));
  return { text, ...refusal };
}

await run({
  openai: () => readBroken(async (add) => {
    const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
    for await (const chunk of await client.chat.completions.create({ model, messages, stream: true })) add(chunk.choices[0].delta.content ?? "");
  }),
  ai: () => readBroken(async (add) => {
    const provider = createOpenAICompatible({ name: "slipway", baseURL, apiKey });
    for await (const part of streamText({ model: provider(model), prompt: question, maxRetries: 0, onError() {} }).fullStream) {
      if (part.type === "text-delta") add(part.text);
      if (part.type === "error") throw part.error;
    }
  }),
  langchain: () => readBroken(async (add) => {
    const chat = new ChatOpenAI({ model, apiKey, configuration: { baseURL }, maxRetries: 0, useResponsesApi: false });
    for await (const chunk of await chat.stream(question)) add(chunk.content);
  }),
});

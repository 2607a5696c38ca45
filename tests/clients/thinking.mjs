// What clients see of a model that thinks before it answers: node thinking.mjs URL MODEL KEY
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, streamText } from "ai";
import OpenAI from "openai";
import { messages, question, run, server } from "./program.mjs";

const client = new OpenAI({ baseURL: server.baseURL, apiKey: server.key, maxRetries: 0 });
const provider = createOpenAICompatible({ name: "slipway", baseURL: server.baseURL, apiKey: server.key, includeUsage: true });
// A short thought is 256 tokens at most; what is left is the answer.
const asked = { model: server.model, messages, temperature: 0, max_tokens: 300, reasoning_effort: "minimal" };
const askedOfAi = {
  model: provider(server.model), prompt: question, temperature: 0, maxOutputTokens: 300, maxRetries: 0,
  providerOptions: { slipway: { reasoningEffort: "minimal" } },
};

await run({
  async openaiWhole() {
    const { choices: [{ message }], usage } = await client.chat.completions.create(asked);
    return { thought: message.reasoning_content, text: message.content, tokens: usage.completion_tokens_details?.reasoning_tokens ?? 0 };
  },
  async openaiStream() {
    const seen = { thought: "", text: "", tokens: 0 };
    for await (const { choices: [choice], usage } of await client.chat.completions.create({ ...asked, stream: true, stream_options: { include_usage: true } })) {
      seen.thought += choice?.delta.reasoning_content ?? "";
      seen.text += choice?.delta.content ?? "";
      seen.tokens += usage?.completion_tokens_details?.reasoning_tokens ?? 0;
    }
    return seen;
  },
  async aiWhole() {
    const { reasoningText, text, usage } = await generateText(askedOfAi);
    return { thought: reasoningText, text, tokens: usage.reasoningTokens ?? usage.outputTokenDetails?.reasoningTokens };
  },
  async aiStream() {
    const stream = streamText(askedOfAi);
    const usage = await stream.usage;
    return { thought: await stream.reasoningText, text: await stream.text, tokens: usage.reasoningTokens ?? usage.outputTokenDetails?.reasoningTokens };
  },
});

// npm ai with @ai-sdk/openai-compatible against a running gateway: node ai.mjs URL MODEL KEY LIMITED_KEY STRANGER_KEY
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { embedMany, generateText, Output, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";
import { exhaust, leave, question, refusalOf, run, server, Weather } from "./program.mjs";

const open = (apiKey) => createOpenAICompatible({
  name: "slipway", baseURL: server.baseURL, apiKey, includeUsage: true, supportsStructuredOutputs: true,
});
const provider = open(server.key);
// Asked for its most probable words, a model says the same in every run; a bounded thought lets it come to its call or its JSON.
const asked = { model: provider(server.model), prompt: question, temperature: 0, maxRetries: 0 };
const briefly = { providerOptions: { slipway: { reasoningEffort: "minimal", parallel_tool_calls: false } } };
const tools = {
  look_up: tool({ description: "Tells the weather of a city.", inputSchema: Weather, strict: true }),
  tell_time: tool({ description: "Tells the time.", inputSchema: z.object({}) }),
};
const usageOf = ({ inputTokens, outputTokens }) => ({ prompt: inputTokens, completion: outputTokens });
const callsOf = (toolCalls) => toolCalls.map((call) => ({ id: call.toolCallId, name: call.toolName, arguments: call.input }));
const named = { type: "tool", toolName: "look_up" };
// A stream's errors are told by its parts; they need not be printed, too.
const onError = () => {};

async function toolCall(more) {
  const { toolCalls, finishReason } = await generateText({ ...asked, ...briefly, tools, ...more });
  return { calls: callsOf(toolCalls), finish: finishReason };
}

async function read(stream, onPart) {
  for await (const part of stream.fullStream) {
    if (part.type === "error") throw part.error;
    onPart(part);
  }
}

await run({
  async chat() {
    const { text, finishReason, usage, response } = await generateText({ ...asked, maxOutputTokens: 20 });
    return { text, finish: finishReason, model: response.modelId, ...usageOf(usage) };
  },
  async stream() {
    const stream = streamText({ ...asked, maxOutputTokens: 20, onError });
    let pieces = 0;
    await read(stream, (part) => part.type === "text-delta" && pieces++);
    return { text: await stream.text, pieces, finish: await stream.finishReason, ...usageOf(await stream.usage) };
  },
  toolAuto: () => toolCall({ toolChoice: "auto", maxOutputTokens: 20 }),
  toolRequired: () => toolCall({ toolChoice: "required" }),
  toolNamed: () => toolCall({ toolChoice: named }),
  async toolStreamed() {
    const stream = streamText({ ...asked, ...briefly, tools: { look_up: tools.look_up }, toolChoice: "required", onError });
    let pieces = 0;
    await read(stream, (part) => part.type === "tool-input-delta" && pieces++);
    return { calls: callsOf(await stream.toolCalls), pieces, finish: await stream.finishReason };
  },
  async toolRoundTrip() {
    const places = [];
    const look_up = { ...tools.look_up, execute: (where) => { places.push(where); return "-4 degrees"; } };
    const { steps, response } = await generateText({
      ...asked, ...briefly, tools: { look_up }, stopWhen: stepCountIs(2), maxOutputTokens: 600,
      prepareStep: ({ stepNumber }) => ({ toolChoice: stepNumber === 0 ? named : "none" }),
    });
    return { asked: places, roles: ["user", ...response.messages.map((message) => message.role)], steps: steps.length };
  },
  async structured() {
    return { value: (await generateText({ ...asked, ...briefly, output: Output.object({ schema: Weather }) })).output };
  },
  async embeddings() {
    const { embeddings } = await embedMany({ model: provider.textEmbeddingModel(server.model), values: ["one", "another one"], maxRetries: 0 });
    return { lengths: embeddings.map((vector) => vector.length), norms: embeddings.map((vector) => Math.hypot(...vector)) };
  },
  async errors() {
    const say = (apiKey, more = {}) => () => generateText({ ...asked, model: open(apiKey)(server.model), maxOutputTokens: 1, ...more });
    return {
      authentication: await refusalOf(say("sk-wrong")),
      permission: await refusalOf(say(server.strangerKey)),
      notFound: await refusalOf(say(server.key, { model: provider("no-such-model") })),
      badRequest: await refusalOf(say(server.key, { temperature: 9 })),
      badStream: await refusalOf(() => read(streamText({ ...asked, temperature: 9, onError }), () => {})),
      rateLimit: await exhaust(say(server.limitedKey)),
    };
  },
  abort: () => leave(async (abortSignal, now) => {
    const stream = streamText({
      ...asked, maxOutputTokens: 60000, providerOptions: { slipway: { ignore_eos: true } }, abortSignal, onError,
    });
    await read(stream, (part) => part.type === "text-delta" && now());
    // This client tells of it by a part of the stream.
    throw abortSignal.reason;
  }),
});

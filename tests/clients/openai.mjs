// npm openai against a running gateway: node openai.mjs URL MODEL KEY LIMITED_KEY STRANGER_KEY
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { exhaust, leave, messages, otherTool, refusalOf, run, server, Weather, weatherTool } from "./program.mjs";

const { baseURL, model } = server;
const open = (apiKey) => new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const client = open(server.key);
// Asked for its most probable words, a model says the same in every run; a bounded thought lets it come to its call or its JSON.
const asked = { model, messages, temperature: 0 };
const briefly = { ...asked, reasoning_effort: "minimal" };
const chat = (more, options) => client.chat.completions.create({ ...asked, ...more }, options);
const callsOf = (message) => (message.tool_calls ?? []).map(({ id, function: made }) => ({ id, name: made.name, arguments: JSON.parse(made.arguments) }));

async function toolCall(more) {
  const { choices: [choice] } = await chat({ ...briefly, tools: [weatherTool, otherTool], parallel_tool_calls: false, ...more });
  return { calls: callsOf(choice.message), finish: choice.finish_reason };
}

await run({
  async models() {
    const names = [];
    for await (const one of client.models.list()) names.push(one.id);
    return { names, retrieved: (await client.models.retrieve(model)).id };
  },
  async chat() {
    const { choices: [choice], usage, model: said } = await chat({ max_tokens: 20 });
    return { text: choice.message.content, finish: choice.finish_reason, model: said, prompt: usage.prompt_tokens, completion: usage.completion_tokens };
  },
  async several() {
    const { choices } = await chat({ max_tokens: 4, n: 3, logprobs: true, top_logprobs: 2 });
    return { count: choices.length, logprobs: choices[0].logprobs.content.map((token) => token.top_logprobs.length) };
  },
  async stream() {
    const stream = client.chat.completions.stream({ ...asked, max_tokens: 20, stream_options: { include_usage: true } });
    let pieces = 0;
    stream.on("content", () => pieces++);
    const { choices: [choice], usage } = await stream.finalChatCompletion();
    return { text: choice.message.content, pieces, finish: choice.finish_reason, prompt: usage.prompt_tokens, completion: usage.completion_tokens };
  },
  async text() {
    const stream = await client.completions.create({ model, prompt: "Oslo is", max_tokens: 8, temperature: 0, stream: true });
    let text = "";
    for await (const chunk of stream) text += chunk.choices[0]?.text ?? "";
    return { text };
  },
  toolAuto: () => toolCall({ tool_choice: "auto", max_tokens: 20 }),
  toolRequired: () => toolCall({ tool_choice: "required" }),
  toolNamed: () => toolCall({ tool_choice: { type: "function", function: { name: "look_up" } } }),
  async toolStreamed() {
    const stream = client.chat.completions.stream({ ...briefly, tools: [weatherTool], tool_choice: "required", parallel_tool_calls: false });
    let pieces = 0;
    stream.on("tool_calls.function.arguments.delta", () => pieces++);
    const { choices: [choice] } = await stream.finalChatCompletion();
    return { calls: callsOf(choice.message), pieces, finish: choice.finish_reason };
  },
  async toolRoundTrip() {
    const asked = [];
    const look_up = { ...weatherTool.function, parse: JSON.parse, function: (where) => { asked.push(where); return "-4 degrees"; } };
    // Made to call one tool, the runner stops when it has run.
    const runner = client.chat.completions.runTools({
      ...briefly, parallel_tool_calls: false, tool_choice: { type: "function", function: { name: "look_up" } }, tools: [{ type: "function", function: look_up }],
    });
    await runner.done();
    const { choices: [answer] } = await chat({ messages: runner.messages, max_tokens: 20 });
    return { asked, roles: [...runner.messages, answer.message].map((message) => message.role) };
  },
  async structured() {
    const { choices: [choice] } = await client.chat.completions.parse({ ...briefly, response_format: zodResponseFormat(Weather, "weather") });
    return { value: choice.message.parsed };
  },
  async embeddings() {
    const vectorsIn = async (more) => (await client.embeddings.create({ model, input: ["one", "another one"], ...more })).data.map((item) => item.embedding);
    const [plain, floats] = [await vectorsIn({}), await vectorsIn({ encoding_format: "float" })];
    return { lengths: plain.map((vector) => vector.length), norms: plain.map((vector) => Math.hypot(...vector)), asFloats: floats.map((vector) => Math.hypot(...vector)) };
  },
  async errors() {
    const say = (apiKey, more = {}) => () => open(apiKey).chat.completions.create({ model, messages, max_tokens: 1, ...more });
    return {
      authentication: await refusalOf(say("sk-wrong")),
      permission: await refusalOf(say(server.strangerKey)),
      notFound: await refusalOf(say(server.key, { model: "no-such-model" })),
      badRequest: await refusalOf(say(server.key, { temperature: 9 })),
      badStream: await refusalOf(say(server.key, { temperature: 9, stream: true })),
      rateLimit: await exhaust(say(server.limitedKey)),
    };
  },
  abort: () => leave(async (signal, now) => {
    const stream = await chat({ stream: true, max_tokens: 60000, ignore_eos: true }, { signal });
    for await (const _ of stream) now();
    // This client ends an aborted stream without an error.
    throw signal.reason;
  }),
});

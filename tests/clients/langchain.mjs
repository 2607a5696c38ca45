// @langchain/openai against a running gateway: node langchain.mjs URL MODEL KEY LIMITED_KEY STRANGER_KEY
import { AIMessageChunk, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import { exhaust, leave, otherTool, question, refusalOf, run, server, Weather, weatherTool } from "./program.mjs";

const { model } = server;
const configuration = { baseURL: server.baseURL };
// Asked for its most probable words, a model says the same in every run; a bounded thought lets it come to its call or its JSON.
const open = (more = {}) => new ChatOpenAI({ model, temperature: 0, apiKey: server.key, configuration, maxRetries: 0, useResponsesApi: false, ...more });
const briefly = { modelKwargs: { reasoning_effort: "minimal" } };
const callsOf = (message) => message.tool_calls.map(({ id, name, args }) => ({ id, name, arguments: args }));
const named = { type: "function", function: { name: "look_up" } };
const usageOf = ({ usage_metadata }) => ({ prompt: usage_metadata.input_tokens, completion: usage_metadata.output_tokens });

async function toolCall(tool_choice, more) {
  const message = await open({ ...briefly, ...more }).bindTools([weatherTool, otherTool], { tool_choice, parallel_tool_calls: false }).invoke(question);
  return { calls: callsOf(message), finish: message.response_metadata.finish_reason };
}

async function gather(stream, onChunk) {
  let all = new AIMessageChunk("");
  for await (const chunk of stream) {
    onChunk(chunk);
    all = all.concat(chunk);
  }
  return all;
}

await run({
  async chat() {
    const message = await open({ maxTokens: 20 }).invoke(question);
    const { finish_reason, model_name } = message.response_metadata;
    return { text: message.content, finish: finish_reason, model: model_name, ...usageOf(message) };
  },
  async stream() {
    let pieces = 0;
    const message = await gather(await open({ maxTokens: 20 }).stream(question), (chunk) => chunk.content && pieces++);
    return { text: message.content, pieces, finish: message.response_metadata.finish_reason, ...usageOf(message) };
  },
  toolAuto: () => toolCall("auto", { maxTokens: 20 }),
  toolRequired: () => toolCall("required"),
  toolNamed: () => toolCall(named),
  async toolStreamed() {
    let pieces = 0;
    const bound = open(briefly).bindTools([weatherTool], { tool_choice: "required", parallel_tool_calls: false });
    const message = await gather(await bound.stream(question), (chunk) => (pieces += chunk.tool_call_chunks?.length ?? 0));
    return { calls: callsOf(message), pieces, finish: message.response_metadata.finish_reason };
  },
  async toolRoundTrip() {
    const history = [new HumanMessage(question)];
    const made = await open(briefly).bindTools([weatherTool], { tool_choice: named, parallel_tool_calls: false }).invoke(history);
    history.push(made, ...made.tool_calls.map((call) => new ToolMessage({ tool_call_id: call.id, content: "-4 degrees" })));
    history.push(await open({ maxTokens: 60 }).invoke(history));
    return { asked: made.tool_calls.map((call) => call.args), roles: history.map((message) => ({ human: "user", ai: "assistant" })[message.getType()] ?? message.getType()) };
  },
  async structured() {
    return { value: await open(briefly).withStructuredOutput(Weather, { method: "jsonSchema", name: "weather", strict: true }).invoke(question) };
  },
  async embeddings() {
    const vectors = await new OpenAIEmbeddings({ model, apiKey: server.key, configuration, maxRetries: 0 }).embedDocuments(["one", "another one"]);
    return { lengths: vectors.map((vector) => vector.length), norms: vectors.map((vector) => Math.hypot(...vector)) };
  },
  async errors() {
    const say = (more) => () => open({ maxTokens: 1, ...more }).invoke(question);
    return {
      authentication: await refusalOf(say({ apiKey: "sk-wrong" })),
      permission: await refusalOf(say({ apiKey: server.strangerKey })),
      notFound: await refusalOf(say({ model: "no-such-model" })),
      badRequest: await refusalOf(say({ temperature: 9 })),
      badStream: await refusalOf(async () => gather(await open({ temperature: 9 }).stream(question), () => {})),
      rateLimit: await exhaust(say({ apiKey: server.limitedKey })),
    };
  },
  abort: () => leave(async (signal, now) => {
    const endless = open({ maxTokens: 60000, modelKwargs: { ignore_eos: true } });
    await gather(await endless.stream(question, { signal }), (chunk) => chunk.content && now());
  }),
});

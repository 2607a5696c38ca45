// What the client programs share: where the server is, what they ask it, and how they tell what came of it.
import { z } from "zod";

const [url, model, key, limitedKey, strangerKey] = process.argv.slice(2);

/** The server, the model's public name, a key for everything, one for a single request a minute, and one for another model. */
export const server = { url, baseURL: `${url}/v1`, model, key, limitedKey, strangerKey };

export const question = "Is it cold in Oslo?";
export const messages = [{ role: "user", content: question }];

/**
 * What answers are forced into. No free text: a schema counts its characters, zod counts UTF-16 units, and a model of random
 * weights likes the characters that make a difference.
 */
export const Weather = z.object({ city: z.enum(["Oslo", "Rome", "東京"]), degrees: z.number().int().min(-40).max(40) });

/** A tool's parameters as a JSON schema; the limits keep short what a model of random weights writes. */
export const weatherTool = {
  type: "function",
  function: {
    name: "look_up",
    description: "Tells the weather of a city.",
    strict: true,
    parameters: {
      type: "object",
      properties: { city: { type: "string", maxLength: 12 }, degrees: { type: "integer", minimum: -40, maximum: 40 } },
      required: ["city", "degrees"],
      additionalProperties: false,
    },
  },
};

export const otherTool = {
  type: "function",
  function: { name: "tell_time", description: "Tells the time.", parameters: { type: "object", properties: {}, additionalProperties: false } },
};

/** What an error says of itself; a call that should have failed and did not is told as such. */
export async function refusalOf(call) {
  try {
    await call();
    return { class: "none" };
  } catch (error) {
    return { class: error.constructor.name, status: error.status ?? error.statusCode ?? null, code: error.code ?? error.data?.error?.code ?? null };
  }
}

/** Calls until one is refused: the key is for a single request a minute. */
export async function exhaust(call) {
  for (let i = 0; i < 3; i++) {
    const refusal = await refusalOf(call);
    if (refusal.class !== "none") return refusal;
  }
  return { class: "none" };
}

/** The error's name after a call was left: at its first part, or after a second where all of it comes at once. */
export async function leave(start) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), 1000);
  try {
    await start(controller.signal, () => controller.abort());
    return { class: "none", aborted: controller.signal.aborted };
  } catch (error) {
    return { class: error.constructor.name, name: error.name, aborted: controller.signal.aborted };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Runs the cases in their order and prints what came of them as one line of JSON. The process stays until its input ends,
 * so that a call it left ends by being left and not by the end of the process.
 */
export async function run(cases) {
  const results = {};
  for (const [name, work] of Object.entries(cases)) {
    try {
      results[name] = await work();
    } catch (error) {
      results[name] = { failure: `${error?.stack ?? error}` };
    }
  }
  console.log(JSON.stringify(results));
  for await (const _ of process.stdin);
}

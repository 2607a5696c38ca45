// Deploys a model with a Slipway server, asks it something, and takes it away again. No packages: Node 20 or newer, and the
// class runs in a browser, too.
//
//     node deploy.mjs [http://127.0.0.1:8000]

/** The model deployer of a server. */
export class ModelDeployer {
  constructor(baseUrl = "http://127.0.0.1:8000") {
    this.baseUrl = baseUrl.replace(/\/$/, "");
  }

  ping() {
    return this.request("/ping");
  }

  supportedModels() {
    return this.post("/emd_supported_models", {});
  }

  details(modelId, detail = true) {
    return this.post("/emd_details", { model_id: modelId, detail });
  }

  /** @param request {model_id, instance_type, engine_type, service_type, model_tag, region, extra_params, …} */
  deploy(request) {
    return this.post("/emd_deploy", request);
  }

  status(modelId, modelTag = "dev") {
    return this.post("/emd_status", { model_id: modelId, model_tag: modelTag });
  }

  destroy(modelId, modelTag = "dev") {
    return this.post("/emd_destroy", { model_id: modelId, model_tag: modelTag });
  }

  models() {
    return this.post("/emd_models", {});
  }

  /** Any client of OpenAI's API does this as well. */
  async chat(modelId, modelTag, question) {
    const answer = await this.post("/v1/chat/completions", {
      model: `${modelId}/${modelTag}`,
      messages: [{ role: "user", content: question }],
      temperature: 0,
    });
    return answer.choices[0].message.content;
  }

  /** Gives the status when the model is in service, or cannot be; onStatus gets each that it sees. */
  async waitForDeployment(modelId, modelTag = "dev", { every = 1000, atMost = 1_800_000, onStatus = () => {} } = {}) {
    for (const end = Date.now() + atMost; Date.now() < end; await pause(every)) {
      const status = await this.status(modelId, modelTag);
      onStatus(status.status);
      if (status.status === "InService" || status.status === "Failed") return status;
    }
    throw new Error(`${modelId}/${modelTag} is not in service after ${atMost / 1000} seconds.`);
  }

  async waitUntilGone(modelId, modelTag = "dev", { every = 1000, atMost = 600_000 } = {}) {
    for (const end = Date.now() + atMost; Date.now() < end; await pause(every)) {
      try {
        await this.status(modelId, modelTag);
      } catch (error) {
        if (error.status === 404) return;
        throw error;
      }
    }
    throw new Error(`${modelId}/${modelTag} is still there after ${atMost / 1000} seconds.`);
  }

  post(path, body) {
    return this.request(path, { method: "POST", body: JSON.stringify(body) });
  }

  /** Every answer is JSON, refusals too: they have a "detail". */
  async request(path, options = {}) {
    const response = await fetch(this.baseUrl + path, { ...options, headers: { "Content-Type": "application/json" } });
    const answer = await response.json();
    if (!response.ok) {
      const { detail } = answer;
      const why = typeof detail === "string" ? detail : JSON.stringify(detail ?? answer);
      throw Object.assign(new Error(why), { status: response.status });
    }
    return answer;
  }
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function main(url) {
  // What any server can deploy: the model that it carries, on its own machine.
  const model = { model_id: "slipway-tiny", instance_type: "local", engine_type: "slipway", service_type: "local", model_tag: "example" };
  const name = [model.model_id, model.model_tag];
  const deployer = new ModelDeployer(url);
  console.log((await deployer.ping()).message);
  console.log(`${Object.keys(await deployer.supportedModels()).length} models can be deployed.`);
  const about = (await deployer.details(model.model_id))[model.model_id];
  console.log(`${about.model_name}: ${about.model_size}, engines ${about.supported_engines.join(", ")}`);

  console.log((await deployer.deploy(model)).message);
  try {
    let seen;
    const status = await deployer.waitForDeployment(...name, {
      onStatus: (now) => {
        if (now !== seen) console.log(`  ${(seen = now)}`);
      },
    });
    if (status.status === "Failed") throw new Error(status.failure_reason);
    console.log(await deployer.chat(...name, "What is AES?"));
    for (const one of await deployer.models()) {
      console.log(`${one.model_id}/${one.model_tag} ${one.status} at ${one.outputs.endpoint_url}`);
    }
  } finally {
    await deployer.destroy(...name);
  }
  await deployer.waitUntilGone(...name);
  console.log("It is gone.");
}

// A page that imports the class has no arguments.
if (globalThis.process?.argv[1]?.endsWith("deploy.mjs")) {
  try {
    await main(process.argv[2]);
  } catch (error) {
    console.error(error.cause?.message ?? error.message);
    process.exitCode = 1;
  }
}

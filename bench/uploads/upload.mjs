// A large upload against cp on the same disk, and one that is killed in the middle and resumed:
//   node bench/uploads/upload.mjs [GiB=2] [folder=os.tmpdir()] [port=8766]
// Starts `slipway serve` (build it first: dotnet build -c Release) and prints Markdown. curl sends. Needs room for two such files.
import { spawn, execFile, execFileSync } from "node:child_process";
import { createHash, randomFillSync } from "node:crypto";
import { closeSync, existsSync, fsyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [, , gib = "2", place = tmpdir(), port = "8766"] = process.argv;
const bytes = Math.round(Number(gib) * 2 ** 30);
const folder = mkdtempSync(join(place, "slipway-upload-"));
const source = join(folder, "source.jsonl");
const program = fileURLToPath(new URL("../../src/Slipway/bin/Release/net10.0/slipway", import.meta.url));
const seconds = async (work) => { const from = performance.now(); await work(); return (performance.now() - from) / 1000; };
let server;

/** One line of text again and again, numbered by a random beginning: records that compress badly and repeat never. */
function makeSource() {
  const file = openSync(source, "w"), block = Buffer.alloc(1 << 20), hash = createHash("sha256");
  const line = '{"text":"' + "x".repeat(1012) + '"}\n';
  for (let written = 0; written < bytes; written += block.length) {
    for (let at = 0; at < block.length; at += 1024) {
      block.write(line, at, "latin1");
      block.write(randomFillSync(Buffer.alloc(24)).toString("base64url"), at + 9, "latin1");
    }
    const piece = block.subarray(0, Math.min(block.length, bytes - written));
    hash.update(piece);
    writeSync(file, piece);
  }
  fsyncSync(file);
  closeSync(file);
  return hash.digest("hex");
}

async function start() {
  server = spawn(program, ["serve", "--port", port, "--log-level", "error"],
    { stdio: "inherit", env: { ...process.env, SLIPWAY_DATA: join(folder, "data") } });
  while (server.exitCode === null && !(await fetch(`http://127.0.0.1:${port}/healthz`).then((r) => r.ok, () => false))) await new Promise((go) => setTimeout(go, 100));
}

const kill = () => new Promise((ended) => { server.once("exit", ended); server.kill("SIGKILL"); });
const residentMiB = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]) / 1024;

/** Sends a request without a file. */
function send(method, path, headers, body) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: "127.0.0.1", port, method, path, headers }, (response) => {
      let text = "";
      response.on("data", (data) => (text += data)).on("end", () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    request.on("error", reject).end(body);
  });
}

/** curl's answer; it takes the least of the machine of all clients at hand. */
const curl = (...args) => new Promise((resolve, reject) =>
  execFile("curl", ["-sS", ...args], (error, text) => (error ? reject(error) : resolve(text))));

/** CPU seconds of the server so far. */
const worked = () => readFileSync(`/proc/${server.pid}/stat`, "utf8").split(") ")[1].split(" ").slice(11, 13).reduce((sum, ticks) => sum + ticks / 100, 0);

const dataset = async (name) => JSON.parse((await send("POST", "/v1/datasets", { "content-type": "application/json" },
  JSON.stringify({ name, type: "text2text", task_type: "sft" }))).text).id;

try {
  const sha256 = makeSource();
  // The source lies in the cache, as far as it fits, for both; both end on the disk.
  const copied = await seconds(() => execFileSync("cp", [source, join(folder, "copy")]));
  const copiedAndSynced = copied + await seconds(() => execFileSync("sync", [join(folder, "copy")]));
  rmSync(join(folder, "copy"));
  await start();
  const idle = residentMiB();
  let peak = idle;
  const watch = setInterval(() => { try { peak = Math.max(peak, residentMiB()); } catch { /* it is being killed */ } }, 50);

  const id = await dataset("whole");
  const before = worked();
  let answer;
  const sent = await seconds(async () => { answer = await curl("-X", "PUT", "-F", `file=@${source}`, `http://127.0.0.1:${port}/v1/datasets/${id}/files`); });
  const cpu = worked() - before;
  const whole = JSON.parse(answer);
  if (whole.sha256 !== sha256) throw new Error(`the hash is ${whole.sha256}, not ${sha256}`);
  const peakOfUpload = peak;
  await send("DELETE", `/v1/datasets/${id}`, {});

  const other = await dataset("resumed");
  const tus = { "tus-resumable": "1.0.0" };
  const made = await send("POST", `/v1/datasets/${other}/uploads`, {
    ...tus, "upload-length": bytes, "upload-metadata": `filename ${Buffer.from("source.jsonl").toString("base64")},sha256 ${Buffer.from(sha256).toString("base64")}`,
  });
  const upload = made.headers.location;
  // curl sends from where its input stands.
  const patch = (offset) => new Promise((resolve, reject) => {
    const input = openSync(source, "r");
    const tail = spawn("tail", ["-c", `+${offset + 1}`], { stdio: [input, "pipe", "inherit"] });
    const sender = spawn("curl", ["-sS", "-X", "PATCH", "-T", "-", "-H", "Expect:", "-H", "Tus-Resumable: 1.0.0", "-H", `Upload-Offset: ${offset}`,
      "-H", "Content-Type: application/offset+octet-stream", "-o", "/dev/null", "-w", "%{http_code}", `http://127.0.0.1:${port}${new URL(upload, "http://127.0.0.1").pathname}`],
    { stdio: [tail.stdout, "pipe", "ignore"] });
    closeSync(input);
    let status = "";
    sender.stdout.on("data", (data) => (status += data));
    sender.once("error", reject).once("close", () => (tail.kill(), resolve(status)));
  });
  const offsetNow = async () => Number((await send("HEAD", upload, tus)).headers["upload-offset"]);
  const broken = patch(0);
  while (await offsetNow() < bytes / 2) await new Promise((go) => setTimeout(go, 20));
  await kill();
  await broken;
  await start();
  const offset = await offsetNow();
  const resumed = await patch(offset);
  const file = JSON.parse((await send("GET", `/v1/datasets/${other}`, {})).text).files[0];
  clearInterval(watch);

  const speed = (time) => `${(bytes / 2 ** 20 / time).toFixed(0)} MiB/s`;
  console.log(`| ${gib} GiB on ${place} | |\n|---|---|`);
  console.log(`| cp | ${speed(copied)} |\n| cp and sync | ${speed(copiedAndSynced)} |`);
  console.log(`| upload, synced and hashed | ${speed(sent)}, ${(100 * copied / sent).toFixed(0)} % of cp, ${(100 * copiedAndSynced / sent).toFixed(0)} % of cp and sync; ${cpu.toFixed(1)} s of CPU, ${(cpu / (bytes / 2 ** 30)).toFixed(2)} s per GiB |`);
  console.log(`| memory over idle (${idle.toFixed(0)} MiB) | ${(peakOfUpload - idle).toFixed(0)} MiB |`);
  console.log(`| killed at ${(100 * offset / bytes).toFixed(0)} % and resumed | status ${resumed}, hash ${file?.sha256 === sha256 ? "right" : "WRONG"} |`);
  process.exitCode = file?.sha256 === sha256 ? 0 : 1;
} finally {
  if (server?.exitCode === null && server.signalCode === null) await kill();
  if (existsSync(folder)) rmSync(folder, { recursive: true });
}

using System.Globalization;
using Slipway.Server.Serving;

namespace Slipway.Server.Features.Deployments.Engines;

/// <summary>llama.cpp's server. Flags and figures: https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md.</summary>
internal sealed class LlamaServerEngine(IOptions<EngineOptions> options) : IServingEngine
{
    private const string Program = "llama-server";
    private const double Overhead = 1.1;
    private const long CacheAndRest = 1L << 30;

    // More layers than any model has: all of them.
    private const string AllLayers = "999";

    private static readonly string[] Layers = ["-ngl", "--gpu-layers", "--n-gpu-layers"];
    private static readonly string[] Split = ["-ts", "--tensor-split"];
    private static readonly string[] Mode = ["-sm", "--split-mode"];
    private static readonly string[] Devices = ["-dev", "--device"];

    private static readonly ArgumentRules Rules = new(
        Program,
        ArgumentStyle.LlamaCpp,
        [
            new(RefusalWords.Listening, "--host", "--port", "--reuse-port"),
            new(RefusalWords.Name, "--alias", "-a"),
            new(RefusalWords.Model, "--model", "-m", "--model-url", "-mu", "--hf-repo", "-hf", "-hfr", "--hf-file", "-hff", "--docker-repo",
                "-dr", "--models-*", "--no-models-autoload", "--embd-gemma-default", "--fim-qwen-*", "--gpt-oss-*", "--vision-gemma-*"),
            new(RefusalWords.Keys, "--api-key", "--api-key-file"),
            new(RefusalWords.Token, "--hf-token", "-hft"),
            new(RefusalWords.Address, "--ssl-*", "--api-prefix"),
            new(RefusalWords.Code, "--tools", "--tools-runtime", "--mcp-*", "--agent", "-ag", "--ui-mcp-proxy", "--webui-mcp-proxy", "--path",
                "--media-path", "--slot-save-path", "--rpc"),
            new("its output is the deployment's log; leave it out", "--log-file", "--log-disable", "--log-prompts-dir"),
            new(RefusalWords.End, "--help", "-h", "--usage", "--version", "--cache-list", "-cl", "--completion-bash", "--list-devices"),
        ],
        []);

    public string Name => Program;

    public bool UsesGpus => true;

    public bool TakesHubNames => false;

    public string HealthPath => "/health";

    public string MetricsPath => "/metrics";

    public string? Absence() => InstalledProgram.Find(Named) is not null ? null
        : $"llama-server is not installed: there is no program '{Named}'. "
            + "Install llama.cpp, or name its server in Deployments:Engines:llama-server.";

    public string? FaultOf(IReadOnlyList<string> extraArguments) => Rules.FaultOf(extraArguments);

    /// <summary>As many as the arguments name shares or devices for; else one, for it is shown only its own.</summary>
    public int GpusOf(IReadOnlyList<string> extraArguments)
    {
        if (Rules.LastValue(extraArguments, Mode) is "none")
        {
            return 1;
        }
        var named = Rules.LastValue(extraArguments, Split) ?? Rules.LastValue(extraArguments, Devices) ?? "";
        return Math.Clamp(named.Split([',', '/'], StringSplitOptions.RemoveEmptyEntries).Length, 1, GpuProduct.Most);
    }

    /// <summary>The weights, some room to compute and a cache, over all GPUs; nothing where no layer is put on them.</summary>
    public long ClaimOf(ServerOrder order, long gpuBytes) =>
        Rules.LastValue(order.ExtraArguments, Layers) is "0" || Rules.LastValue(order.ExtraArguments, Devices) is "none"
            ? 0
            : (long)((ModelWeights.BytesOf(RunnableModel.GgufIn(order.Model) ?? order.Model) * Overhead) + CacheAndRest) / GpusOf(order.ExtraArguments);

    public ServerCommand CommandFor(ServerOrder order) => new(
        [
            InstalledProgram.Find(Named) ?? Named, "-m", RunnableModel.GgufIn(order.Model) ?? order.Model, "--host", order.Host,
            "--port", order.Port.ToString(CultureInfo.InvariantCulture), "--alias", order.ServedName, "--metrics", "--jinja",
            "-ngl", order.Gpus.Count > 0 ? AllLayers : "0", .. order.ExtraArguments,
        ],
        GpuEnvironment.OfOrHidden(order.Gpus));

    // The tokens are counted when a request ends, the third with every step.
    public EngineFigures? ReadFigures(string text) => PrometheusFigures.Read(
        text, "llamacpp:requests_processing", "llamacpp:requests_deferred",
        "llamacpp:prompt_tokens_total", "llamacpp:tokens_predicted_total", "llamacpp:n_decode_total");

    private string Named => options.Value.LlamaServer ?? Program;
}

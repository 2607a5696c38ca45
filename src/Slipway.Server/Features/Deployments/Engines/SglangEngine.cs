using System.Globalization;

namespace Slipway.Server.Features.Deployments.Engines;

/// <summary>
/// SGLang, a module of Python. Flags: https://docs.sglang.io/advanced_features/server_arguments.html, figures:
/// https://docs.sglang.io/references/production_metrics.html.
/// </summary>
internal sealed class SglangEngine(IOptions<EngineOptions> options) : IServingEngine
{
    private const string Module = "sglang";

    // The rest is for what a step computes.
    private const double UsualShare = 0.88;

    private static readonly NumberFlag Tensor = Parallel("--tensor-parallel-size", "--tp-size", "--tp");
    private static readonly NumberFlag Pipeline = Parallel("--pipeline-parallel-size", "--pp-size");
    private static readonly NumberFlag Replicas = Parallel("--data-parallel-size", "--dp-size", "--dp");
    private static readonly NumberFlag Memory = new(0.01, 1, false, "--mem-fraction-static");

    private static readonly ArgumentRules Rules = new(
        "SGLang",
        ArgumentStyle.Argparse,
        [
            new(RefusalWords.Listening, "--host", "--port", "--grpc-mode", "--smg-grpc-mode"),
            new(RefusalWords.Name, "--served-model-name"),
            new(RefusalWords.Model, "--model-path", "--model"),
            new(RefusalWords.Keys, "--api-key", "--admin-api-key"),
            new(RefusalWords.Address, "--ssl-*", "--enable-ssl-refresh", "--fastapi-root-path"),
            new(RefusalWords.File, "--config"),
            new(RefusalWords.Gpus, "--base-gpu-id", "--gpu-id-step"),
            new(RefusalWords.Nodes, "--nnodes", "--node-rank", "--dist-init-addr", "--nccl-init-addr"),
            new(RefusalWords.End, "--help", "-h"),
        ],
        [Tensor, Pipeline, Replicas, Memory]);

    public string Name => "sglang";

    public bool UsesGpus => true;

    public bool TakesHubNames => true;

    public string HealthPath => "/health";

    public string MetricsPath => "/metrics";

    public string? Absence()
    {
        if (options.Value.Sglang is [var program, ..])
        {
            return InstalledProgram.Find(program) is not null ? null
                : $"There is no program '{program}', which Deployments:Engines:sglang names; correct it there.";
        }
        return InstalledProgram.FindPythonWith(Module) is not null ? null
            : "SGLang is not installed: no Python on the PATH has the module 'sglang'. Install it (pip install sglang), or name the command "
                + "that starts its server in Deployments:Engines:sglang.";
    }

    public string? FaultOf(IReadOnlyList<string> extraArguments) => Rules.FaultOf(extraArguments);

    /// <summary>Replicas that share their attention (<c>--enable-dp-attention</c>) are on the GPUs that the tensors are split over.</summary>
    public int GpusOf(IReadOnlyList<string> extraArguments)
    {
        var sharesAttention = Rules.LastValue(extraArguments, "--enable-dp-attention") is not null;
        var ways = new[] { Tensor, Pipeline }.Select(flag => Rules.Count(extraArguments, flag));
        return GpuProduct.Of(sharesAttention ? ways : ways.Append(Rules.Count(extraArguments, Replicas)));
    }

    public long ClaimOf(ServerOrder order, long gpuBytes) => (long)(Rules.Number(order.ExtraArguments, Memory, UsualShare) * gpuBytes);

    public ServerCommand CommandFor(ServerOrder order)
    {
        List<string> words =
        [
            .. options.Value.Sglang ?? [InstalledProgram.FindPythonWith(Module) ?? "python3", "-m", "sglang.launch_server"],
            "--model-path", order.Model, "--host", order.Host, "--port", order.Port.ToString(CultureInfo.InvariantCulture),
            "--served-model-name", order.ServedName, "--enable-metrics",
        ];
        if (order.Gpus.Count > GpusOf(order.ExtraArguments))
        {
            words.AddRange(["--tensor-parallel-size", order.Gpus.Count.ToString(CultureInfo.InvariantCulture)]);
        }
        return new([.. words, .. order.ExtraArguments], GpuEnvironment.Of(order.Gpus));
    }

    // The first two counts grow when a request ends, the third with every step.
    public EngineFigures? ReadFigures(string text) => PrometheusFigures.Read(
        text, "sglang:num_running_reqs", "sglang:num_queue_reqs",
        "sglang:prompt_tokens_total", "sglang:generation_tokens_total", "sglang:realtime_tokens_total");

    private static NumberFlag Parallel(params string[] names) => new(1, GpuProduct.Most, true, names);
}

using System.Globalization;

namespace Slipway.Server.Features.Deployments.Engines;

/// <summary>
/// vLLM, by its own program. Flags: https://docs.vllm.ai/en/latest/cli/serve/, figures:
/// https://docs.vllm.ai/en/latest/usage/metrics/.
/// </summary>
internal sealed class VllmEngine(IOptions<EngineOptions> options) : IServingEngine
{
    private const string Program = "vllm";
    private const double UsualShare = 0.9;

    private static readonly NumberFlag Tensor = Parallel("--tensor-parallel-size", "-tp");
    private static readonly NumberFlag Pipeline = Parallel("--pipeline-parallel-size", "-pp");
    private static readonly NumberFlag Prefill = Parallel("--prefill-context-parallel-size", "-pcp");
    private static readonly NumberFlag Replicas = Parallel("--data-parallel-size", "-dp");
    private static readonly NumberFlag Memory = new(0.01, 1, false, "--gpu-memory-utilization");

    private static readonly ArgumentRules Rules = new(
        Program,
        ArgumentStyle.Argparse,
        [
            new(RefusalWords.Listening, "--host", "--port", "--uds", "--grpc", "--headless", "--data-parallel-supervisor-port",
                "--data-parallel-multi-port-external-lb"),
            new(RefusalWords.Name, "--served-model-name"),
            new(RefusalWords.Model, "--model", "--model-tag"),
            new(RefusalWords.Keys, "--api-key"),
            new(RefusalWords.Token, "--hf-token"),
            new(RefusalWords.Address, "--ssl-*", "--enable-ssl-refresh", "--root-path"),
            new(RefusalWords.File, "--config"),
            new(RefusalWords.Code, "--middleware"),
            new(RefusalWords.Nodes, "--nnodes", "--node-rank", "--master-addr", "--master-port", "--data-parallel-size-local", "-dpl",
                "--data-parallel-rank", "-dpn", "--data-parallel-start-rank", "-dpr", "--data-parallel-address", "-dpa",
                "--data-parallel-external-lb", "-dpe", "--data-parallel-hybrid-lb", "-dph"),
            new(RefusalWords.End, "--help", "-h", "--version", "-v"),
        ],
        [Tensor, Pipeline, Prefill, Replicas, Memory]);

    public string Name => "vllm";

    public bool UsesGpus => true;

    public bool TakesHubNames => true;

    public string HealthPath => "/health";

    public string MetricsPath => "/metrics";

    public string? Absence() => InstalledProgram.Find(Named) is not null ? null
        : $"vLLM is not installed: there is no program '{Named}'. "
            + "Install it (pip install vllm), or name its program in Deployments:Engines:vllm.";

    public string? FaultOf(IReadOnlyList<string> extraArguments) => Rules.FaultOf(extraArguments);

    public int GpusOf(IReadOnlyList<string> extraArguments) =>
        GpuProduct.Of(new[] { Tensor, Pipeline, Prefill, Replicas }.Select(flag => Rules.Count(extraArguments, flag)));

    /// <summary>A share of the whole GPU, whatever the model: what the weights leave of it becomes cache.</summary>
    public long ClaimOf(ServerOrder order, long gpuBytes) => (long)(Rules.Number(order.ExtraArguments, Memory, UsualShare) * gpuBytes);

    public ServerCommand CommandFor(ServerOrder order)
    {
        List<string> words =
        [
            // The name is not the last: its flag takes any number of words, and the first of the user's might be one.
            InstalledProgram.Find(Named) ?? Named, "serve", order.Model, "--served-model-name", order.ServedName,
            "--host", order.Host, "--port", order.Port.ToString(CultureInfo.InvariantCulture),
        ];
        if (order.Gpus.Count > GpusOf(order.ExtraArguments))
        {
            words.AddRange(["--tensor-parallel-size", order.Gpus.Count.ToString(CultureInfo.InvariantCulture)]);
        }
        return new([.. words, .. order.ExtraArguments], GpuEnvironment.Of(order.Gpus));
    }

    public EngineFigures? ReadFigures(string text) => VllmFigures.Read(text);

    private string Named => options.Value.Vllm ?? Program;

    private static NumberFlag Parallel(params string[] names) => new(1, GpuProduct.Most, true, names);
}

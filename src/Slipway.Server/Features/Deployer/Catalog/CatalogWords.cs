namespace Slipway.Server.Features.Deployer.Catalog;

/// <summary>The names that catalog and requests use, and what stands behind them.</summary>
internal static class CatalogWords
{
    public const string Local = "local";
    public const string SageMakerRealtime = "sagemaker_realtime";
    public const string SageMakerAsync = "sagemaker_async";

    public static IReadOnlyList<string> Tasks { get; } = ["llm", "vlm", "embedding", "rerank"];

    public static IReadOnlyList<string> Engines { get; } =
        ["vllm", "slipway", "sglang", "llama.cpp", "huggingface", "tgi", "lmdeploy", "ollama", "ktransformers", "comfyui", "custom"];

    public static IReadOnlyList<string> Services { get; } = [SageMakerRealtime, SageMakerAsync, Local, "ecs"];

    /// <summary>Those that a model can be deployed to; the others of <see cref="Services"/> only stand in catalogs.</summary>
    public static IReadOnlyList<string> ReadyServices { get; } = [SageMakerRealtime, SageMakerAsync, Local];

    public static IReadOnlyList<string> Frameworks { get; } = ["fastapi", "flask", "django"];

    /// <summary>As the catalog writes an engine that clients know by another name, too.</summary>
    public static string EngineOf(string written) => written switch
    {
        "transformers" => "huggingface",
        "llama-server" => "llama.cpp",
        _ => written,
    };

    public static string ServiceOf(string written) => written is "sagemaker" ? SageMakerRealtime : written;

    public static string InstanceOf(string written) => written.StartsWith("ml.", StringComparison.Ordinal) ? written[3..] : written;

    /// <summary>What can run a model there: on SageMaker AWS's own container, on this machine the programs that deployments know.</summary>
    public static IReadOnlyList<string> EnginesReadyFor(string service) => service switch
    {
        Local => ["slipway", "vllm", "sglang", "llama.cpp"],
        SageMakerRealtime or SageMakerAsync => ["vllm"],
        _ => [],
    };
}

namespace Slipway.Client.Deployments;

/// <summary>A model server that is to run on the server's machine.</summary>
public sealed record CreateDeploymentRequest
{
    /// <summary>A file or folder on the server, the id of a run's artifact, or, for engines that fetch models, what a hub calls it.</summary>
    public required string ModelPath { get; init; }

    public string? ModelVersion { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>Arguments of the engine, as a shell would write them: <c>--max-num-seqs 4</c>.</summary>
    public string? ExtraArgs { get; init; }

    /// <summary>As the driver counts. Another one is taken where it has no room.</summary>
    public int? PreferredGpu { get; init; }

    /// <summary>Null: the engine's own, such as <c>/health</c>.</summary>
    public string? HealthPath { get; init; }

    /// <summary><c>auto</c>, <c>vllm</c>, <c>sglang</c>, <c>llama-server</c> or <c>slipway</c>. Null: <c>auto</c>.</summary>
    public string? Engine { get; init; }

    /// <summary>The name that clients of the gateway write. Null: the last part of <see cref="ModelPath"/>.</summary>
    public string? ServedModelName { get; init; }

    /// <summary>1 to 64. Null: 1.</summary>
    public int? Replicas { get; init; }

    /// <summary>Bytes that one server takes on each of its GPUs. Null: found from the model and the arguments.</summary>
    public long? GpuMemoryBytes { get; init; }

    /// <summary>Added to the environment of its servers.</summary>
    public IReadOnlyDictionary<string, string>? Env { get; init; }
}

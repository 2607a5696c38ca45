namespace Slipway.Server.Features.Deployer.Catalog;

/// <summary>A model that can be deployed, as the catalog's file writes it, in camelCase.</summary>
internal sealed record CatalogModel
{
    /// <summary>The model that comes with the server.</summary>
    public const string BundledId = "slipway-tiny";

    /// <summary>1 to 128 letters, digits, dots, dashes and underscores.</summary>
    public required string Id { get; init; }

    public string? Name { get; init; }

    public string? Provider { get; init; }

    public string? Series { get; init; }

    /// <summary><c>llm</c>, <c>vlm</c>, <c>embedding</c> or <c>rerank</c>.</summary>
    public string Task { get; init; } = "llm";

    public IReadOnlyList<string> Capabilities { get; init; } = [];

    /// <summary>Billions of parameters.</summary>
    public double? SizeBillions { get; init; }

    /// <summary>Billions of parameters that one token needs, where those are fewer.</summary>
    public double? ActiveBillions { get; init; }

    public string? Precision { get; init; }

    /// <summary>GiB.</summary>
    public double? WeightsGiB { get; init; }

    /// <summary>Tokens.</summary>
    public int? ContextLength { get; init; }

    /// <summary>Tokens, with the positions scaled.</summary>
    public int? ExtendedContextLength { get; init; }

    public string? License { get; init; }

    public string? HuggingFaceId { get; init; }

    public string? ModelScopeId { get; init; }

    public bool GatedOnHuggingFace { get; init; }

    /// <summary>Whether it may be deployed to the regions in China.</summary>
    public bool ChinaRegion { get; init; } = true;

    public required IReadOnlyList<CatalogEngine> Engines { get; init; }

    public required IReadOnlyList<string> Services { get; init; }

    public IReadOnlyList<string> Frameworks { get; init; } = ["fastapi"];

    /// <summary>Without <c>ml.</c>; <c>local</c> is this machine.</summary>
    public required IReadOnlyList<string> InstanceTypes { get; init; }

    /// <summary>GiB, a figure to plan with.</summary>
    public double? MinGpuMemoryGiB { get; init; }

    public string? RecommendedInstanceType { get; init; }

    public string? Description { get; init; }

    public string? DescriptionZh { get; init; }

    /// <summary>
    /// For <c>local</c>: a file or folder on this machine, or the id of a run's artifact. Null: the hub's name, or, where there is
    /// none either, the model that comes with the server.
    /// </summary>
    public string? Path { get; init; }
}

/// <summary>An engine that can run the model.</summary>
internal sealed record CatalogEngine
{
    /// <summary>One of <see cref="CatalogWords.Engines"/>.</summary>
    public required string Type { get; init; }

    /// <summary>Arguments of the engine that the model needs, as a shell would write them.</summary>
    public string? EmdDefaultCliArgs { get; init; }

    /// <summary>Variables for AWS's vLLM container: <c>SM_VLLM_…</c>.</summary>
    public IReadOnlyDictionary<string, string>? VllmContainerEnv { get; init; }
}

/// <summary>What a rented machine has.</summary>
internal sealed record CatalogInstance
{
    /// <summary>With <c>ml.</c>.</summary>
    public string? SagemakerType { get; init; }

    public string? Accelerator { get; init; }

    public int AcceleratorCount { get; init; }

    /// <summary>GiB of each.</summary>
    public double? AcceleratorMemoryGiB { get; init; }

    public bool ChinaRegion { get; init; }
}

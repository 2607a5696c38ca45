namespace Slipway.Client.Chat;

/// <summary>What is loaded.</summary>
public sealed record ModelInfo
{
    /// <summary>Empty while nothing is loaded.</summary>
    public required string ModelName { get; init; }

    /// <summary><c>cpu</c>, or <c>cuda:</c> with the index of the GPU.</summary>
    public required string Device { get; init; }

    public required bool IsLoaded { get; init; }

    /// <summary>Bytes held by the weights.</summary>
    public required long ModelSize { get; init; }

    /// <summary>How most weights are stored, such as <c>Q8_0</c>.</summary>
    public string? Quantization { get; init; }

    /// <summary>Number of weights.</summary>
    public long? Parameters { get; init; }

    /// <summary>Tokens that prompt and answer may have together.</summary>
    public int? ContextLength { get; init; }

    /// <summary>What runs the model: <c>slipway</c>.</summary>
    public string? Engine { get; init; }

    public DateTimeOffset? LoadedAt { get; init; }
}

/// <summary>Which model to load; with nothing given, the configured one.</summary>
public sealed record LoadModelRequest
{
    /// <summary>A name in the models folder or a path.</summary>
    public string? Model { get; init; }

    /// <summary>Which variant of it, such as <c>Q8_0</c>.</summary>
    public string? Quantization { get; init; }
}

/// <summary>What a load or an unload came to.</summary>
/// <param name="Status"><c>loaded</c> or <c>unloaded</c>.</param>
/// <param name="Message">The same as a sentence.</param>
public sealed record ModelStatus(string Status, string Message);

/// <summary>Whether the model can answer.</summary>
/// <param name="Status"><c>healthy</c> or <c>unhealthy</c>.</param>
/// <param name="Message">Why.</param>
public sealed record ChatHealth(string Status, string Message);

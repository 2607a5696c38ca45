namespace Slipway.Server.Platform.Hub;

/// <summary>A model that was pulled.</summary>
public sealed record PulledModel
{
    public required HubKind Hub { get; init; }

    /// <summary><c>owner/name</c>, with the selector that it was asked for.</summary>
    public required string Name { get; init; }

    public required string Commit { get; init; }

    /// <summary>What is loaded: a GGUF file, of a split model its first part, or a folder. Null for what never came whole.</summary>
    public string? Path { get; init; }

    /// <summary>On the disk.</summary>
    public required long Bytes { get; init; }

    /// <summary>Null for what never came whole.</summary>
    public DateTimeOffset? PulledAt { get; init; }

    /// <summary>Its address; null for what never came whole.</summary>
    public string? Source { get; init; }
}

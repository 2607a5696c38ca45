using System.Text.Json.Serialization;

namespace Slipway.Server.Platform.Hub.Store;

/// <summary>What lies in a folder of the store, and how it came there; the folder's <c>.json</c> beside it.</summary>
internal sealed record StoredModel
{
    public required HubKind Hub { get; init; }

    /// <summary><c>owner/name</c>.</summary>
    public required string Repository { get; init; }

    public required string Commit { get; init; }

    /// <summary>Whose answers these were: the hub's own address, or a mirror's.</summary>
    public required string Source { get; init; }

    public required IReadOnlyList<StoredFile> Files { get; init; }

    public required IReadOnlyList<StoredPull> Pulls { get; init; }
}

/// <summary>A file that came whole.</summary>
internal sealed record StoredFile(string Path, long Size, string? Sha256);

/// <summary>One wish that was met.</summary>
/// <param name="Selector">As it was asked for; null is the usual choice.</param>
/// <param name="Revision">As it was asked for; null is the hub's usual branch.</param>
/// <param name="Main">The file that is loaded; null where the folder is.</param>
/// <param name="Files">Paths of all of its files.</param>
/// <param name="PulledAt">When.</param>
internal sealed record StoredPull(string? Selector, string? Revision, string? Main, IReadOnlyList<string> Files, DateTimeOffset PulledAt);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, WriteIndented = true)]
[JsonSerializable(typeof(StoredModel))]
internal sealed partial class StoreJson : JsonSerializerContext;

namespace Slipway.Server.Features.Datasets;

/// <summary>A row of <c>datasets</c>.</summary>
internal sealed record DatasetRow
{
    public string Id { get; init; } = "";

    public string Name { get; init; } = "";

    public string Type { get; init; } = "";

    public string? Description { get; init; }

    public string TaskType { get; init; } = "";

    /// <summary>A JSON object.</summary>
    public string Metadata { get; init; } = "{}";

    /// <summary>Empty without files.</summary>
    public string Version { get; init; } = "";

    public long CreatedAt { get; init; }

    public long UpdatedAt { get; init; }
}

/// <summary>A row of <c>dataset_files</c>.</summary>
internal sealed record FileRow
{
    public string Id { get; init; } = "";

    public string DatasetId { get; init; } = "";

    public string Name { get; init; } = "";

    /// <summary>One of <see cref="FileStates"/>.</summary>
    public string State { get; init; } = "";

    /// <summary>While it is open, how many it will have.</summary>
    public long Bytes { get; init; }

    /// <summary>While it is open, what the uploader says, if anything.</summary>
    public string? Sha256 { get; init; }

    public long CreatedAt { get; init; }

    public long? UploadedAt { get; init; }

    public long? Records { get; init; }
}

/// <summary>The way of a file: forward only.</summary>
internal static class FileStates
{
    /// <summary>Bytes are still to come.</summary>
    public const string Open = "open";

    /// <summary>Whole and synced, under its temporary name.</summary>
    public const string Arrived = "arrived";

    /// <summary>A file of its dataset, in its place.</summary>
    public const string Kept = "kept";
}

/// <summary>A dataset with its kept files, the first that arrived first.</summary>
internal sealed record DatasetWithFiles(DatasetRow Dataset, IReadOnlyList<FileRow> Files);

/// <summary>What became of a change.</summary>
internal enum ChangeOutcome
{
    Done,

    /// <summary>No such thing.</summary>
    Unknown,

    /// <summary>The name is another one's.</summary>
    Taken,

    /// <summary>An active run uses it.</summary>
    InUse,
}

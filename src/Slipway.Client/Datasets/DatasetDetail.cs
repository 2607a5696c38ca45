using System.Text.Json;

namespace Slipway.Client.Datasets;

/// <summary>A dataset that was just made.</summary>
public sealed record DatasetCreated(string Id, DateTimeOffset CreatedAt);

/// <summary>A dataset and its files.</summary>
public sealed record DatasetDetail
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string Type { get; init; }

    public string? Description { get; init; }

    public required string TaskType { get; init; }

    /// <summary>The caller's own object.</summary>
    public required JsonElement Metadata { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its words or its files were last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>One of <see cref="DatasetStates"/>.</summary>
    public required string Status { get; init; }

    /// <summary>SHA-256 over the names and hashes of its files: the same files, the same version. Null without files.</summary>
    public string? Version { get; init; }

    /// <summary>Whole files only, in the order of their arrival.</summary>
    public required IReadOnlyList<DatasetFile> Files { get; init; }

    /// <summary>A training configuration of its own; null where it has none.</summary>
    public JsonElement? TrainConfig { get; init; }

    public required UploadProgress UploadProgress { get; init; }
}

/// <summary>The values of <see cref="DatasetDetail.Status"/>.</summary>
public static class DatasetStates
{
    /// <summary>It has no file yet.</summary>
    public const string Empty = "empty";

    /// <summary>It has at least one whole file.</summary>
    public const string Ready = "ready";
}

/// <summary>One file of a dataset.</summary>
public sealed record DatasetFile
{
    public required string UploadId { get; init; }

    /// <summary>As the uploader called it. Nothing but a name: no path is ever made of it.</summary>
    public required string Name { get; init; }

    /// <summary>The name with the upload's id before it, unique also where names repeat.</summary>
    public required string StoredName { get; init; }

    public required long Bytes { get; init; }

    public required DateTimeOffset UploadedAt { get; init; }

    /// <summary>Of the bytes, as 64 hexadecimal digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>How many it holds; null until it was looked through, and where it cannot be read.</summary>
    public long? Records { get; init; }
}

/// <param name="FilesCount">Whole files.</param>
public sealed record UploadProgress(int FilesCount);

/// <summary>A file that has arrived.</summary>
/// <param name="UploadId">By which it is removed.</param>
/// <param name="DatasetId">Whose file it is now.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Filename">As the uploader called it.</param>
public sealed record UploadedFile(string UploadId, string DatasetId, long Bytes, string Filename)
{
    /// <summary>Of the bytes, as 64 hexadecimal digits.</summary>
    public required string Sha256 { get; init; }
}

/// <summary>An upload that may be interrupted and resumed (tus 1.0).</summary>
/// <param name="UploadId">Names it in <c>/v1/uploads/{upload_id}</c>.</param>
/// <param name="DatasetId">Whose file it becomes.</param>
/// <param name="Offset">How many bytes are there.</param>
/// <param name="Length">How many it will have.</param>
/// <param name="Filename">As the uploader calls it.</param>
public sealed record ResumableUpload(string UploadId, string DatasetId, long Offset, long Length, string Filename);

/// <summary>An upload that was given up, or a file that was removed.</summary>
/// <param name="UploadId">Of the upload.</param>
/// <param name="Status"><c>aborted</c>.</param>
public sealed record UploadAborted(string UploadId, string Status);

/// <summary>A dataset that was removed with its files.</summary>
/// <param name="Id">Its id, which names nothing any more.</param>
/// <param name="Status"><c>deleted</c>.</param>
public sealed record DatasetDeleted(string Id, string Status);

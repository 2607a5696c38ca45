using System.Text.Json;
using Slipway.Client.Datasets;
using Slipway.Server.Platform.Errors;

namespace Slipway.Server.Features.Datasets;

/// <summary>What the endpoints answer about datasets.</summary>
internal static class DatasetAnswers
{
    private const int LongestShown = 128;

    public static ErrorResult Unknown(string reference) => ErrorResult.NotFound(
        $"There is no dataset '{(reference.Length <= LongestShown ? reference : reference[..LongestShown] + "…")}'; GET /v1/datasets lists what there is.");

    public static ErrorResult Taken(string name) => ErrorResult.Conflict($"There is a dataset '{name}' already; choose another name.");

    public static DatasetDetail Detail(DatasetWithFiles found) => new()
    {
        Id = found.Dataset.Id,
        Name = found.Dataset.Name,
        Type = found.Dataset.Type,
        Description = found.Dataset.Description,
        TaskType = found.Dataset.TaskType,
        Metadata = JsonElement.Parse(found.Dataset.Metadata),
        CreatedAt = Time(found.Dataset.CreatedAt),
        UpdatedAt = Time(found.Dataset.UpdatedAt),
        Status = found.Files.Count == 0 ? DatasetStates.Empty : DatasetStates.Ready,
        Version = VersionOf(found),
        Files = [.. found.Files.Select(File)],
        UploadProgress = new UploadProgress(found.Files.Count),
    };

    public static string? VersionOf(DatasetWithFiles found) => found.Dataset.Version.Length == 0 ? null : found.Dataset.Version;

    public static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private static DatasetFile File(FileRow file) => new()
    {
        UploadId = file.Id,
        Name = file.Name,
        StoredName = $"{file.Id}_{file.Name}",
        Bytes = file.Bytes,
        UploadedAt = Time(file.UploadedAt ?? file.CreatedAt),
        Sha256 = file.Sha256 ?? "",
        Records = file.Records,
    };
}

using System.Text.Json.Serialization;

namespace Slipway.Server.Features.Runs.Executors.Kubernetes;

/// <summary>
/// What is known of an attempt and the cluster will forget: kept in a file beside it. A pod's exit code lives only as long as the pod.
/// </summary>
internal sealed partial record AttemptNotes
{
    private const string FileName = "kubernetes.json";

    /// <summary>Where the Job is; null before its start was confirmed.</summary>
    public JobPlace? Place { get; init; }

    /// <summary>The pod that was seen.</summary>
    public string? Pod { get; init; }

    /// <summary>We have told it to stop: that the Job is no longer there is then no riddle.</summary>
    public bool IsStopping { get; init; }

    /// <summary>Since when the container cannot be made.</summary>
    public DateTimeOffset? StuckSince { get; init; }

    /// <summary>How it ended; final.</summary>
    public AttemptEnd? End { get; init; }

    public static AttemptNotes Read(Launch launch) =>
        SyncedFile.Read(Path.Combine(launch.Folder, FileName), NotesJson.Default.AttemptNotes) ?? new();

    public void Write(Launch launch) =>
        SyncedFile.Write(Path.Combine(launch.Folder, FileName), this, NotesJson.Default.AttemptNotes, isDurable: true);

    [JsonSourceGenerationOptions(
        PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonSerializable(typeof(AttemptNotes))]
    private sealed partial class NotesJson : JsonSerializerContext;
}

/// <summary>How an attempt has ended.</summary>
internal sealed record AttemptEnd
{
    /// <summary>Null where no container has told one.</summary>
    public int? ExitCode { get; init; }

    public string? Words { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public Sighting ToSighting(string? pod) => new(SightingKind.Ended)
    {
        ExternalId = pod,
        ExitCode = ExitCode,
        Words = Words,
        StartedAt = StartedAt,
        EndedAt = EndedAt,
    };
}

namespace Slipway.Server.Features.Deployer.SageMaker;

/// <summary>
/// What one deployment remembers from step to step. All of it is decided before AWS hears of it or found there again, so a step whose
/// memory was lost may be done anew.
/// </summary>
internal sealed record StackMemory
{
    /// <summary>The deployment's own, in a tag of its stack: by this it knows the stack for its own, whatever it is named.</summary>
    public required string Id { get; init; }

    public required string Region { get; init; }

    public required string StackName { get; init; }

    /// <summary>Null: it is not known to be made yet.</summary>
    public string? StackId { get; init; }

    /// <summary>Null: it is not known to be there yet.</summary>
    public string? RoleArn { get; init; }

    /// <summary>Of the environment stack that is being made for this deployment, or was being made when it came.</summary>
    public string? EnvironmentId { get; init; }

    /// <summary>Whether the update that was asked for has been begun.</summary>
    public bool IsEnvironmentUpdated { get; init; }

    /// <summary>Why it failed, as the endpoint or, where that was silent, its stack said first: an endpoint is gone sooner than the question why.</summary>
    public string? Reason { get; init; }

    /// <summary>Why nothing will come of it; null while something may.</summary>
    public string? Refusal { get; init; }

    public static StackMemory? From(IReadOnlyDictionary<string, string>? notes) => notes is null || !notes.TryGetValue("id", out var id) ? null : new StackMemory
    {
        Id = id,
        Region = notes["region"],
        StackName = notes["stack"],
        StackId = notes.GetValueOrDefault("stack-id"),
        RoleArn = notes.GetValueOrDefault("role"),
        EnvironmentId = notes.GetValueOrDefault("environment-id"),
        IsEnvironmentUpdated = notes.ContainsKey("environment-updated"),
        Reason = notes.GetValueOrDefault("reason"),
        Refusal = notes.GetValueOrDefault("refusal"),
    };

    public Dictionary<string, string> ToNotes() => new (string Name, string? Value)[]
    {
        ("id", Id), ("region", Region), ("stack", StackName), ("stack-id", StackId), ("role", RoleArn), ("environment-id", EnvironmentId),
        ("environment-updated", IsEnvironmentUpdated ? "yes" : null), ("reason", Reason), ("refusal", Refusal),
    }.Where(pair => pair.Value is not null).ToDictionary(pair => pair.Name, pair => pair.Value!);
}

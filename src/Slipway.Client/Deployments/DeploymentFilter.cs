namespace Slipway.Client.Deployments;

/// <summary>Which deployments are listed; null means any.</summary>
public sealed record DeploymentFilter
{
    /// <summary>The name that clients write, or the path that was given.</summary>
    public string? Model { get; init; }

    public string? Tag { get; init; }

    /// <summary>One of <see cref="DeploymentStatuses"/>.</summary>
    public string? Status { get; init; }

    /// <summary>1 to 1000.</summary>
    public int? Limit { get; init; }

    /// <summary>How many of the newest to leave out.</summary>
    public long? Offset { get; init; }
}

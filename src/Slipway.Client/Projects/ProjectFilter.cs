namespace Slipway.Client.Projects;

/// <summary>Which projects to list; what is null does not matter.</summary>
public sealed record ProjectFilter
{
    /// <summary>One of <see cref="ProjectStatuses"/>.</summary>
    public string? Status { get; init; }

    /// <summary>A tag that they carry.</summary>
    public string? Tag { get; init; }

    public string? Owner { get; init; }

    /// <summary>At most this many, 1 to 1,000; null means 50.</summary>
    public int? Limit { get; init; }

    /// <summary>How many of the newest to leave out.</summary>
    public long? Offset { get; init; }
}

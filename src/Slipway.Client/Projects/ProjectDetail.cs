namespace Slipway.Client.Projects;

/// <summary>What a team trains: a dataset, a configuration, and the runs of the two.</summary>
public sealed record ProjectDetail
{
    /// <summary>A UUID.</summary>
    public required string Id { get; init; }

    /// <summary>Unique; 1 to 128 of letters, digits, dot, underscore and dash.</summary>
    public required string Name { get; init; }

    public required string Description { get; init; }

    public required string Owner { get; init; }

    public required IReadOnlyList<string> Tags { get; init; }

    /// <summary>A path inside the training directory, or the id or name of an uploaded dataset.</summary>
    public required string DatasetName { get; init; }

    /// <summary>A path inside the training directory, or the name of an uploaded configuration.</summary>
    public required string TrainingYamlName { get; init; }

    /// <summary>One of <see cref="ProjectStatuses"/>.</summary>
    public required string Status { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public required long RunsCount { get; init; }
}

/// <summary>The values of <see cref="ProjectDetail.Status"/>.</summary>
public static class ProjectStatuses
{
    public const string Active = "active";

    /// <summary>Kept, listed, and closed for new runs.</summary>
    public const string Archived = "archived";
}

/// <summary>A project to make.</summary>
public sealed record CreateProjectRequest
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    public string? Owner { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    public required string DatasetName { get; init; }

    public required string TrainingYamlName { get; init; }
}

/// <summary>What to change of a project; what is null stays.</summary>
public sealed record UpdateProjectRequest
{
    public string? Name { get; init; }

    public string? Description { get; init; }

    public string? Owner { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    public string? DatasetName { get; init; }

    public string? TrainingYamlName { get; init; }
}

using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace Slipway.Client.Datasets;

/// <summary>A dataset to be made; its files are uploaded afterwards.</summary>
public sealed record CreateDatasetRequest
{
    /// <summary>Not used by another dataset; 1 to 128 characters on one line.</summary>
    [StringLength(128, MinimumLength = 1)]
    public required string Name { get; init; }

    /// <summary>What goes in and out, such as <c>text2text</c>; 1 to 64 characters.</summary>
    [StringLength(64, MinimumLength = 1)]
    public required string Type { get; init; }

    /// <summary>At most 4,000 characters.</summary>
    [MaxLength(4000)]
    public string? Description { get; init; }

    /// <summary>What it trains, such as <c>sft</c>; 1 to 64 characters.</summary>
    [StringLength(64, MinimumLength = 1)]
    public required string TaskType { get; init; }

    /// <summary>An object of the caller's own, at most 64 KiB of JSON.</summary>
    public JsonElement? Metadata { get; init; }
}

/// <summary>What to change; what is null stays.</summary>
public sealed record UpdateDatasetRequest
{
    /// <summary>As in <see cref="CreateDatasetRequest.Name"/>.</summary>
    [StringLength(128, MinimumLength = 1)]
    public string? Name { get; init; }

    /// <summary>As in <see cref="CreateDatasetRequest.Type"/>.</summary>
    [StringLength(64, MinimumLength = 1)]
    public string? Type { get; init; }

    /// <summary>At most 4,000 characters; empty takes it away.</summary>
    [MaxLength(4000)]
    public string? Description { get; init; }

    /// <summary>As in <see cref="CreateDatasetRequest.TaskType"/>.</summary>
    [StringLength(64, MinimumLength = 1)]
    public string? TaskType { get; init; }

    /// <summary>Takes the place of the whole object.</summary>
    public JsonElement? Metadata { get; init; }
}

/// <summary>Which datasets to list; what is null does not matter.</summary>
public sealed record DatasetFilter
{
    public string? Type { get; init; }

    public string? TaskType { get; init; }

    public string? Name { get; init; }

    /// <summary>One of <see cref="DatasetStates"/>.</summary>
    public string? Status { get; init; }

    /// <summary>At most this many, 1 to 1,000; null means 100.</summary>
    [Range(1, 1000)]
    public int? Limit { get; init; }

    /// <summary>How many to leave out at the front.</summary>
    [Range(0, int.MaxValue)]
    public int? Offset { get; init; }
}

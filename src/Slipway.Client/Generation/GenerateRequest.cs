using System.ComponentModel.DataAnnotations;

namespace Slipway.Client.Generation;

/// <summary>How texts are generated. What is null is left to the server.</summary>
public abstract record GenerationSettings
{
    /// <summary>Tokens to generate at most; null means 512.</summary>
    [Range(1, 8192)]
    public int? MaxLength { get; init; }

    /// <summary>0 always takes the most probable token; null means 0.7.</summary>
    [Range(0.0, 2.0)]
    public double? Temperature { get; init; }

    /// <summary>Keeps the smallest set of tokens whose probabilities reach this sum; above 0; null means 0.9.</summary>
    [Range(0.0, 1.0)]
    public double? TopP { get; init; }

    /// <summary>Keeps the K most probable tokens; 0 or null keeps all.</summary>
    [Range(0, 1000)]
    public int? TopK { get; init; }

    /// <summary>False always takes the most probable token, whatever the other settings say; null means true.</summary>
    public bool? DoSample { get; init; }

    /// <summary>Above 1 makes tokens less likely that the prompt or the text already holds; null means 1, which is off.</summary>
    [Range(0.5, 2.0)]
    public double? RepetitionPenalty { get; init; }

    /// <summary>The text ends before the first of these; at most four.</summary>
    [MaxLength(4)]
    public IReadOnlyList<string>? Stop { get; init; }

    /// <summary>The same seed gives the same text for the same prompt.</summary>
    [Range(0L, long.MaxValue)]
    public long? Seed { get; init; }

    /// <summary>Which model; null takes the loaded one.</summary>
    public string? Model { get; init; }

    /// <summary>True puts the prompt to the model as a user's message; else it is continued as it is.</summary>
    public bool? Chat { get; init; }
}

/// <summary>A prompt to be continued.</summary>
public sealed record GenerateRequest : GenerationSettings
{
    /// <summary>Not blank.</summary>
    [StringLength(32768, MinimumLength = 1)]
    public required string Prompt { get; init; }
}

/// <summary>Up to ten prompts at once: <see cref="Prompts"/> with the settings here, or <see cref="Requests"/> with their own.</summary>
public sealed record GenerateBatchRequest : GenerationSettings
{
    /// <summary>None of them blank.</summary>
    [MinLength(1), MaxLength(10)]
    public IReadOnlyList<string>? Prompts { get; init; }

    /// <summary>In place of <see cref="Prompts"/>; the settings here do not hold for them.</summary>
    [MinLength(1), MaxLength(10)]
    public IReadOnlyList<GenerateRequest>? Requests { get; init; }
}

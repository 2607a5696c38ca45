using System.ComponentModel.DataAnnotations;

namespace Slipway.Client.Chat;

/// <summary>One turn of a conversation: the new message and what was said before it.</summary>
public sealed record ChatRequest
{
    /// <summary>What the user says now; not blank.</summary>
    [MinLength(1)]
    public required string Message { get; init; }

    /// <summary>The turns before, oldest first; at most 4,096.</summary>
    [MaxLength(4096)]
    public IReadOnlyList<ChatMessage>? History { get; init; }

    /// <summary>Which model shall answer; null takes the loaded one.</summary>
    public string? Model { get; init; }

    /// <summary>Tokens to generate at most; null generates until the model ends or its context is full.</summary>
    [Range(1, 1 << 20)]
    public int? MaxTokens { get; init; }

    /// <summary>0 always takes the most probable token; null leaves the choice to the server.</summary>
    [Range(0.0, 2.0)]
    public double? Temperature { get; init; }

    /// <summary>Keeps the smallest set of tokens whose probabilities reach this sum; above 0.</summary>
    [Range(0.0, 1.0)]
    public double? TopP { get; init; }

    /// <summary>Keeps the K most probable tokens; 0 keeps all.</summary>
    [Range(0, 1000)]
    public int? TopK { get; init; }

    /// <summary>The same seed gives the same answer to the same conversation.</summary>
    [Range(0L, long.MaxValue)]
    public long? Seed { get; init; }

    /// <summary>The answer ends before the first of these texts; at most four.</summary>
    [MaxLength(4)]
    public IReadOnlyList<string>? Stop { get; init; }

    /// <summary>Whether a model that can think may; null means yes.</summary>
    public bool? EnableThinking { get; init; }

    /// <summary>Gives the thinking apart from the answer instead of between <c>&lt;think&gt;</c> marks inside it.</summary>
    public bool? SeparateThinking { get; init; }
}

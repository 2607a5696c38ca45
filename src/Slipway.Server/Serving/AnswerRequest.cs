namespace Slipway.Server.Serving;

/// <summary>A conversation to be answered. Ranges have been checked by the surface that took it in.</summary>
internal sealed record AnswerRequest
{
    /// <summary>Oldest first; the last is what is to be answered.</summary>
    public required IReadOnlyList<Turn> Turns { get; init; }

    /// <summary>Which model; null takes the loaded one.</summary>
    public string? Model { get; init; }

    public int? MaxTokens { get; init; }

    public double Temperature { get; init; } = 0.7;

    public double TopP { get; init; } = 0.9;

    public int TopK { get; init; }

    public long? Seed { get; init; }

    public IReadOnlyList<string> Stop { get; init; } = [];

    public bool EnableThinking { get; init; } = true;

    /// <summary>Gives the thought in pieces of its own; else it stands in the text between the model's marks.</summary>
    public bool SeparateThinking { get; init; }
}

/// <summary>One turn of a conversation.</summary>
internal sealed record Turn(string Role, string Content);

using System.Text.Json.Serialization;

namespace Slipway.Client.Generation;

/// <summary>Figures since the server started.</summary>
public record GenerationFigures
{
    /// <summary>Calls that were answered, refused for what they ask, broken off or failed; not those that a key turns away.</summary>
    public required long TotalRequests { get; init; }

    /// <summary>Calls that were answered.</summary>
    public required long SuccessfulRequests { get; init; }

    /// <summary>All others.</summary>
    public required long FailedRequests { get; init; }

    /// <summary>Share of the successful ones, 0 to 1; 1 where there was no call.</summary>
    public required double SuccessRate { get; init; }

    /// <summary>Seconds, of successful calls; 0 where there was none. So are the percentiles.</summary>
    public required double AverageResponseTime { get; init; }

    public required double P50ResponseTime { get; init; }

    public required double P95ResponseTime { get; init; }

    public required double P99ResponseTime { get; init; }

    /// <summary>Tokens of prompts and texts, those of failed calls among them.</summary>
    public required long TotalTokens { get; init; }

    /// <summary>Tokens made in successful calls, per second of their response times.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>Of the server: texts that the engine is computing, for whatever surface. Of an endpoint: calls under way whose text has begun.</summary>
    public required int ActiveRequests { get; init; }

    /// <summary>Of the server: texts that wait for a place in the engine. Of an endpoint: calls under way whose text has not begun.</summary>
    public required int QueuedRequests { get; init; }

    public required double UptimeSeconds { get; init; }

    /// <summary>When the server started.</summary>
    public required DateTimeOffset Since { get; init; }
}

/// <summary>Figures of the generation service.</summary>
public sealed record GenerationStats : GenerationFigures
{
    /// <summary>The same of <c>generate</c>, <c>thinking</c> and <c>batch_generate</c>.</summary>
    [JsonPropertyOrder(1)]
    public required IReadOnlyDictionary<string, GenerationFigures> Endpoints { get; init; }
}

using System.Text.Json;
using Slipway.Server.Serving.Completions;

namespace Slipway.Server.Features.Gateway.Upstreams.Engine;

/// <summary>How an endpoint writes the answers of the engine. One is made per answer; it may remember what it wrote.</summary>
internal interface IAnswerFormat
{
    /// <summary>Writes what comes before a choice's first piece; false when nothing does.</summary>
    bool TryWriteOpening(Utf8JsonWriter json, int choice);

    /// <summary>Writes the chunk of a piece.</summary>
    void WriteChunk(Utf8JsonWriter json, in ChoicePiece piece);

    /// <summary>Writes the last chunk, which holds the usage and no choice.</summary>
    void WriteUsageChunk(Utf8JsonWriter json, TokenUsage usage);

    /// <summary>Writes a whole answer.</summary>
    void WriteWhole(Utf8JsonWriter json, IReadOnlyList<GatheredChoice> choices, TokenUsage usage);
}

namespace Slipway.Client.Generation;

/// <summary>What format the weights of the loaded model are in, and which others it can be switched to.</summary>
public sealed record QuantizationStatus
{
    /// <summary>The loaded model.</summary>
    public required string Model { get; init; }

    /// <summary>The format in use: <c>int8</c>, <c>int4</c>, <c>gptq</c>, <c>fp16</c>, <c>bf16</c> or <c>fp32</c>.</summary>
    public required string Current { get; init; }

    /// <summary>What most weights are stored as, in GGUF's words: <c>Q8_0</c>, <c>Q4_K</c>, …</summary>
    public required string Type { get; init; }

    /// <summary>Formats that can be switched to, the one in use among them.</summary>
    public required IReadOnlyList<string> Available { get; init; }

    /// <summary>Those of them that are made of the model's files at the first switch, which takes a while.</summary>
    public required IReadOnlyList<string> ToBeMade { get; init; }

    /// <summary>Bytes that the weights hold in memory, by format.</summary>
    public required IReadOnlyDictionary<string, long> Bytes { get; init; }

    /// <summary>The switch under way; null when there is none.</summary>
    public FormatSwitchProgress? Switching { get; init; }
}

/// <summary>How far a switch is.</summary>
/// <param name="Format">The format switched to.</param>
/// <param name="Stage"><c>making</c> it of another, or <c>loading</c> it.</param>
/// <param name="Percent">0 to 100, of the stage.</param>
public sealed record FormatSwitchProgress(string Format, string Stage, int Percent);

/// <summary>Asks for another format.</summary>
/// <param name="Format"><c>int8</c>, <c>int4</c>, <c>gptq</c>, <c>fp16</c> or <c>bf16</c>.</param>
public sealed record SwitchFormatRequest(string Format);

using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Client;

namespace Slipway.Server.Features.Datasets.Findings;

/// <summary>What was found in one file, as it is kept. A file never changes, and neither does this.</summary>
internal sealed record FileReport
{
    /// <summary>One of <see cref="Client.Datasets.RecordFormats"/>.</summary>
    public required string Format { get; init; }

    /// <summary>See <see cref="Records.RecordCheck.Style"/>.</summary>
    public required string Style { get; init; }

    public required string Container { get; init; }

    public required string Encoding { get; init; }

    public long Records { get; init; }

    public long Valid { get; init; }

    public long EmptyTurns { get; init; }

    public long Duplicates { get; init; }

    public bool DuplicatesAreExact { get; init; } = true;

    public required IReadOnlyList<LineFault> Faults { get; init; }

    public long FaultsCount { get; init; }

    /// <summary>See <see cref="Records.RecordCheck.Columns"/>.</summary>
    public required IReadOnlyDictionary<string, string> Columns { get; init; }

    public bool HasToolCalls { get; init; }
}

/// <param name="Line">From 1; 0 for the file as a whole.</param>
/// <param name="Message">What is wrong, as a sentence.</param>
internal sealed record LineFault(long Line, string Message);

/// <summary>How long the records of one file are, counted in one way; as it is kept.</summary>
internal sealed record LengthReport
{
    public long Records { get; init; }

    public long Characters { get; init; }

    public long? Tokens { get; init; }

    public long Shortest { get; init; }

    public long Longest { get; init; }

    /// <summary>Records by length: below 64, below 128, and so on.</summary>
    public required IReadOnlyList<long> Steps { get; init; }
}

[JsonSerializable(typeof(FileReport))]
[JsonSerializable(typeof(LengthReport))]
internal sealed partial class ReportJson : JsonSerializerContext
{
    public static ReportJson Kept { get; } = new(new JsonSerializerOptions { Encoder = WireText.Encoder });
}

using System.Text.Json;

namespace Slipway.Client.Datasets;

/// <summary>What was found in a dataset's files.</summary>
public sealed record DatasetValidation
{
    public required string DatasetId { get; init; }

    /// <summary>Of the dataset, see <see cref="DatasetDetail.Version"/>.</summary>
    public string? Version { get; init; }

    /// <summary>One of <see cref="FindingStates"/>.</summary>
    public required string Status { get; init; }

    /// <summary>0 to 1 over all bytes.</summary>
    public required double Progress { get; init; }

    /// <summary>One of <see cref="RecordFormats"/>, <c>mixed</c> where files differ; null until it is known.</summary>
    public string? Format { get; init; }

    public required long Records { get; init; }

    /// <summary>Records that training would use.</summary>
    public required long Valid { get; init; }

    public required long Invalid { get; init; }

    /// <summary>Records with a turn that says nothing. They are valid, and seldom meant.</summary>
    public required long EmptyTurns { get; init; }

    /// <summary>Records that stand in the same file before.</summary>
    public required long Duplicates { get; init; }

    /// <summary>Of all records, 0 to 1.</summary>
    public required double DuplicateRate { get; init; }

    /// <summary>Whether duplicates were counted, or worked out from a sample, as in files of more than 262,144 records.</summary>
    public required bool DuplicatesAreExact { get; init; }

    /// <summary>The first 100 by file and line.</summary>
    public required IReadOnlyList<DatasetFault> Faults { get; init; }

    /// <summary>How many there are in all.</summary>
    public required long FaultsCount { get; init; }

    public required IReadOnlyList<FileValidation> Files { get; init; }
}

/// <summary>What was found in one file.</summary>
public sealed record FileValidation
{
    public required string UploadId { get; init; }

    public required string Name { get; init; }

    /// <summary>One of <see cref="FindingStates"/>.</summary>
    public required string Status { get; init; }

    /// <summary>0 to 1.</summary>
    public required double Progress { get; init; }

    /// <summary>One of <see cref="RecordFormats"/>; null until it is known.</summary>
    public string? Format { get; init; }

    /// <summary><c>jsonl</c>, <c>json</c>, <c>csv</c>, <c>text</c> or <c>unknown</c>; null until it is known.</summary>
    public string? Container { get; init; }

    /// <summary><c>utf-8</c>, <c>utf-8-bom</c>, <c>utf-16</c> or <c>unknown</c>; null until it is known.</summary>
    public string? Encoding { get; init; }

    public long Records { get; init; }

    public long Valid { get; init; }

    public long Invalid { get; init; }
}

/// <summary>How far looking through files has come.</summary>
public static class FindingStates
{
    public const string Running = "running";

    public const string Complete = "complete";
}

/// <summary>How records say what is asked and what is answered.</summary>
public static class RecordFormats
{
    /// <summary><c>instruction</c>, <c>input</c>, <c>output</c>.</summary>
    public const string Alpaca = "alpaca";

    /// <summary><c>conversations</c> of <c>from</c> and <c>value</c>.</summary>
    public const string ShareGpt = "sharegpt";

    /// <summary><c>messages</c> of <c>role</c> and <c>content</c>.</summary>
    public const string OpenAi = "openai";

    /// <summary>A prompt with a <c>chosen</c> and a <c>rejected</c> answer.</summary>
    public const string Preference = "preference";

    /// <summary>A conversation with a <c>kto_tag</c>.</summary>
    public const string Kto = "kto";

    /// <summary>Only <c>text</c>, for pre-training.</summary>
    public const string Text = "text";

    /// <summary>None of these.</summary>
    public const string Unknown = "unknown";
}

/// <param name="File">The file's name.</param>
/// <param name="Line">From 1; 0 where it concerns the file as a whole.</param>
/// <param name="Message">What is wrong, as a sentence.</param>
public sealed record DatasetFault(string File, long Line, string Message);

/// <summary>The first records of a dataset.</summary>
/// <param name="DatasetId">Whose they are.</param>
/// <param name="Version">Of the dataset.</param>
/// <param name="Records">In the order of the files.</param>
public sealed record DatasetPreview(string DatasetId, string? Version, IReadOnlyList<PreviewRecord> Records);

/// <summary>One record as it stands in its file.</summary>
public sealed record PreviewRecord
{
    public required string UploadId { get; init; }

    /// <summary>The file's name.</summary>
    public required string File { get; init; }

    /// <summary>From 1.</summary>
    public required long Line { get; init; }

    /// <summary>Null where it cannot be read, or has more than 64 KiB.</summary>
    public JsonElement? Record { get; init; }

    /// <summary>Why there is no record.</summary>
    public string? Fault { get; init; }

    /// <summary>How it begins, where there is no record.</summary>
    public string? Text { get; init; }
}

/// <summary>How much a dataset holds.</summary>
public sealed record DatasetStatistics
{
    public required string DatasetId { get; init; }

    /// <summary>Of the dataset, see <see cref="DatasetDetail.Version"/>.</summary>
    public string? Version { get; init; }

    /// <summary>One of <see cref="FindingStates"/>.</summary>
    public required string Status { get; init; }

    /// <summary>0 to 1 over all bytes.</summary>
    public required double Progress { get; init; }

    /// <summary>The model whose tokens are counted; null where there is none, then lengths are in characters.</summary>
    public string? Tokenizer { get; init; }

    public required long Records { get; init; }

    /// <summary>Unicode characters of what is said, without keys and role names.</summary>
    public required long Characters { get; init; }

    /// <summary>Of what is said, without the marks that a chat template adds; null without a tokenizer.</summary>
    public long? Tokens { get; init; }

    /// <summary><c>tokens</c> or <c>characters</c>: what the lengths below are counted in.</summary>
    public required string Unit { get; init; }

    public required long Shortest { get; init; }

    public required long Longest { get; init; }

    public required double Mean { get; init; }

    /// <summary>Records by length; each step reaches twice as far as the one before. Empty steps at the end are left out.</summary>
    public required IReadOnlyList<LengthStep> Histogram { get; init; }
}

/// <param name="From">The shortest length that counts here.</param>
/// <param name="To">The shortest that counts no more.</param>
/// <param name="Records">How many.</param>
public sealed record LengthStep(long From, long To, long Records);

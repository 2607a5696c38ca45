namespace Slipway.Server.Features.Datasets.Records;

/// <summary>One record as it stands in its file.</summary>
/// <param name="Line">Where it begins, from 1.</param>
/// <param name="Json">It as JSON, until the next is read. Empty where there is a fault.</param>
/// <param name="Fault">Why it cannot be read at all.</param>
internal readonly record struct RawRecord(long Line, ReadOnlyMemory<byte> Json, string? Fault = null);

/// <summary>How records stand in a file.</summary>
internal static class Containers
{
    /// <summary>One JSON object a line.</summary>
    public const string JsonLines = "jsonl";

    /// <summary>One JSON list.</summary>
    public const string JsonList = "json";

    public const string Csv = "csv";

    /// <summary>One text a line.</summary>
    public const string Text = "text";

    public const string Unknown = "unknown";
}

/// <summary>How a file's text is written.</summary>
internal static class Encodings
{
    public const string Utf8 = "utf-8";
    public const string Utf8WithMark = "utf-8-bom";
    public const string Utf16 = "utf-16";
    public const string Unknown = "unknown";
}

using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Slipway.Client;

namespace Slipway.Server.Features.Datasets.Records;

/// <summary>Records that are lines. Blank ones are none, as trainers see it.</summary>
internal static class LineReader
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = WireText.Encoder };

    public static IEnumerable<RawRecord> ReadJson(FileWindow window)
    {
        var line = 0L;
        while (TryNext(window, out var length, out var isWhole))
        {
            line++;
            if (!isWhole)
            {
                yield return new RawRecord(line, default, TooLong);
            }
            else if (window.Span[..length].ContainsAnyExcept(" \t\r\n"u8))
            {
                yield return new RawRecord(line, window.Slice(0, length));
            }
            window.Skip(length);
        }
    }

    /// <summary>Each line as an object with its <c>text</c>.</summary>
    public static IEnumerable<RawRecord> ReadText(FileWindow window)
    {
        var line = 0L;
        var output = new ArrayBufferWriter<byte>();
        while (TryNext(window, out var length, out var isWhole))
        {
            line++;
            var text = window.Slice(0, length);
            if (!isWhole)
            {
                yield return new RawRecord(line, default, TooLong);
            }
            else if (!Utf8.IsValid(text.Span))
            {
                yield return new RawRecord(line, default, NoUtf8);
            }
            else if (text.Span.ContainsAnyExcept(" \t\r\n"u8))
            {
                Write(output, text.Span.TrimEnd("\r\n"u8));
                yield return new RawRecord(line, output.WrittenMemory);
            }
            window.Skip(length);
        }
    }

    public static string TooLong { get; } = $"The record has more than {FileWindow.Largest} bytes, which is too long to be looked at.";

    public const string NoUtf8 = "The text is not valid UTF-8.";

    /// <summary>
    /// Finds the next line, its end included. Of one that is too long only the last part is in view, and
    /// <paramref name="isWhole"/> is false.
    /// </summary>
    private static bool TryNext(FileWindow window, out int length, out bool isWhole)
    {
        isWhole = true;
        var searched = 0;
        while (true)
        {
            var at = window.Span[searched..].IndexOf((byte)'\n');
            if (at >= 0)
            {
                length = searched + at + 1;
                return true;
            }
            searched = window.Length;
            if (window.TryMore())
            {
                continue;
            }
            if (searched < FileWindow.Largest)
            {
                length = searched;
                return length > 0 || !isWhole;
            }
            isWhole = false;
            window.Skip(searched);
            searched = 0;
        }
    }

    private static void Write(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> text)
    {
        output.ResetWrittenCount();
        using var json = new Utf8JsonWriter(output, Plain);
        json.WriteStartObject();
        json.WriteString("text"u8, text);
        json.WriteEndObject();
    }
}

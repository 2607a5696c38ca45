using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Slipway.Client;

namespace Slipway.Server.Features.Datasets.Records;

/// <summary>The rows of a table (RFC 4180) as objects, whose names are in the first row. Every value is a text.</summary>
internal static class CsvReader
{
    private const int MostColumns = 1000;

    private static readonly JsonWriterOptions Plain = new() { Encoder = WireText.Encoder };

    public static IEnumerable<RawRecord> Read(FileWindow window)
    {
        var line = 1L;
        List<byte[]>? names = null;
        var output = new ArrayBufferWriter<byte>();
        while (TryNext(window, out var length, out var isWhole, out var skippedLines))
        {
            var row = window.Slice(0, length);
            if (!isWhole)
            {
                yield return new RawRecord(line, default, LineReader.TooLong);
            }
            else if (!Utf8.IsValid(row.Span))
            {
                yield return new RawRecord(line, default, LineReader.NoUtf8);
            }
            else if (row.Span.ContainsAnyExcept(" \t\r\n"u8))
            {
                var cells = Cells(row.Span);
                if (names is null)
                {
                    names = cells;
                }
                else
                {
                    yield return cells.Count == names.Count
                        ? new RawRecord(line, Write(output, names, cells))
                        : new RawRecord(line, default, $"The row has {cells.Count} columns; the first row names {names.Count}.");
                }
            }
            line += skippedLines + row.Span.Count((byte)'\n');
            window.Skip(length);
        }
    }

    /// <summary>Finds the next row: up to a line end outside of quotes.</summary>
    private static bool TryNext(FileWindow window, out int length, out bool isWhole, out long skippedLines)
    {
        var (at, inQuotes) = (0, false);
        (isWhole, skippedLines) = (true, 0);
        while (true)
        {
            while (at < window.Length)
            {
                var found = inQuotes ? window.Span[at..].IndexOf((byte)'"') : window.Span[at..].IndexOfAny((byte)'"', (byte)'\n');
                if (found < 0)
                {
                    at = window.Length;
                    break;
                }
                at += found + 1;
                if (window.Span[at - 1] == (byte)'\n')
                {
                    length = at;
                    return true;
                }
                // A doubled quote closes and opens again.
                inQuotes = !inQuotes;
            }
            if (window.TryMore())
            {
                continue;
            }
            if (window.Length < FileWindow.Largest)
            {
                length = window.Length;
                return length > 0 || !isWhole;
            }
            isWhole = false;
            skippedLines += window.Span.Count((byte)'\n');
            window.Skip(window.Length);
            at = 0;
        }
    }

    private static List<byte[]> Cells(ReadOnlySpan<byte> row)
    {
        var cells = new List<byte[]>();
        var cell = new ArrayBufferWriter<byte>();
        row = row.TrimEnd("\r\n"u8);
        var (at, inQuotes) = (0, false);
        while (at < row.Length && cells.Count < MostColumns)
        {
            var next = row[at];
            if (next == (byte)'"')
            {
                var isDoubled = inQuotes && at + 1 < row.Length && row[at + 1] == (byte)'"';
                if (isDoubled)
                {
                    cell.Write("\""u8);
                    at++;
                }
                else
                {
                    inQuotes = !inQuotes;
                }
                at++;
            }
            else if (next == (byte)',' && !inQuotes)
            {
                cells.Add(cell.WrittenSpan.ToArray());
                cell.ResetWrittenCount();
                at++;
            }
            else
            {
                var plain = row[at..].IndexOfAny((byte)'"', (byte)',');
                // Inside quotes a comma is text like any other.
                var count = plain < 0 ? row.Length - at : Math.Max(1, plain);
                cell.Write(row.Slice(at, count));
                at += count;
            }
        }
        cells.Add(cell.WrittenSpan.ToArray());
        return cells;
    }

    private static ReadOnlyMemory<byte> Write(ArrayBufferWriter<byte> output, List<byte[]> names, List<byte[]> cells)
    {
        output.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(output, Plain))
        {
            json.WriteStartObject();
            for (var i = 0; i < names.Count; i++)
            {
                json.WriteString(names[i], cells[i]);
            }
            json.WriteEndObject();
        }
        return output.WrittenMemory;
    }
}

using System.Buffers;

namespace Slipway.Server.Features.Runs.Logs;

/// <summary>What a record is to a reader of the log.</summary>
internal enum RecordKind : byte
{
    Line,

    /// <summary>A state of a progress bar that a later one was written over.</summary>
    Frame,

    /// <summary>Blanks that a bar cleared its place with.</summary>
    Nothing,
}

/// <summary>Which records are lines. A bar is shown once, in its last state.</summary>
internal static class LineRule
{
    private static readonly SearchValues<byte> Blanks = SearchValues.Create(" \t"u8);

    public static RecordKind Of(ReadOnlySpan<byte> record, RecordEnd end, LineState state) => end switch
    {
        RecordEnd.Cut => RecordKind.Line,
        RecordEnd.Return => IsBlank(record) ? RecordKind.Nothing : IsFrame(record) ? RecordKind.Frame : RecordKind.Line,
        _ => state.AfterReturn && IsBlank(record) ? RecordKind.Nothing : RecordKind.Line,
    };

    public static bool IsBlank(ReadOnlySpan<byte> record)
    {
        var at = record.IndexOfAnyExcept(Blanks);
        if (at < 0 || !AnsiText.HasCodes(record[at..]))
        {
            return at < 0;
        }
        var rented = ArrayPool<byte>.Shared.Rent(record.Length);
        var isBlank = !AnsiText.Strip(record, rented).ContainsAnyExcept(Blanks);
        ArrayPool<byte>.Shared.Return(rented);
        return isBlank;
    }

    /// <summary>Whether it holds a percentage or a count like <c>3/10</c>.</summary>
    private static bool IsFrame(ReadOnlySpan<byte> record)
    {
        for (var from = 1; from < record.Length; from++)
        {
            var at = record[from..].IndexOfAny((byte)'%', (byte)'/');
            if (at < 0)
            {
                return false;
            }
            from += at;
            if (IsDigit(record[from - 1]) && (record[from] == '%' || (from + 1 < record.Length && IsDigit(record[from + 1]))))
            {
                return true;
            }
        }
        return false;
    }

    private static bool IsDigit(byte value) => value is >= (byte)'0' and <= (byte)'9';
}

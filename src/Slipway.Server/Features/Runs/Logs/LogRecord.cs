namespace Slipway.Server.Features.Runs.Logs;

/// <summary>What a record of the raw output ended with.</summary>
internal enum RecordEnd : byte
{
    /// <summary>A newline, or a carriage return and a newline.</summary>
    Newline,

    /// <summary>A carriage return alone: what comes next is written over it on a terminal.</summary>
    Return,

    /// <summary>Nothing: it was too long.</summary>
    Cut,

    /// <summary>Nothing: the output ended.</summary>
    End,
}

/// <summary>Cuts raw output into records.</summary>
internal static class LogRecord
{
    /// <summary>No record is longer, its end not counted.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>
    /// Finds the record that <paramref name="data"/> begins with. False when more has to be read first, which is never so for more than <see cref="MaxBytes"/> + 1 bytes.
    /// </summary>
    /// <param name="data">What was read from a record's begin on.</param>
    /// <param name="isLast">Whether nothing follows.</param>
    /// <param name="length">Without its end.</param>
    /// <param name="next">Behind its end.</param>
    /// <param name="end">What ended it.</param>
    public static bool TryCut(ReadOnlySpan<byte> data, bool isLast, out int length, out int next, out RecordEnd end)
    {
        // A terminator may stand right behind the longest content.
        var window = data.Length > MaxBytes + 1 ? data[..(MaxBytes + 1)] : data;
        length = window.IndexOfAny((byte)'\n', (byte)'\r');
        if (length >= 0)
        {
            return TryEnd(data, isLast, length, out next, out end);
        }
        length = window.Length > MaxBytes ? WholeCharacters(window) : window.Length;
        next = length;
        end = window.Length > MaxBytes ? RecordEnd.Cut : RecordEnd.End;
        return end == RecordEnd.Cut || (isLast && length > 0);
    }

    private static bool TryEnd(ReadOnlySpan<byte> data, bool isLast, int length, out int next, out RecordEnd end)
    {
        next = length + 1;
        end = data[length] == '\n' ? RecordEnd.Newline : RecordEnd.Return;
        if (end == RecordEnd.Newline || (next == data.Length && isLast))
        {
            return true;
        }
        if (next == data.Length)
        {
            return false; // A newline may follow, and would make the two one end.
        }
        if (data[next] == '\n')
        {
            next++;
            end = RecordEnd.Newline;
        }
        return true;
    }

    /// <summary>Where to cut, at most three bytes earlier, so that no UTF-8 character is torn.</summary>
    private static int WholeCharacters(ReadOnlySpan<byte> window)
    {
        for (var at = MaxBytes; at > MaxBytes - 4; at--)
        {
            if ((window[at] & 0xC0) != 0x80)
            {
                return at;
            }
        }
        return MaxBytes;
    }
}

using System.Text;
using Slipway.Server.Features.Runs.Logs;

namespace Slipway.Server.Tests.Features.Runs.Logs;

/// <summary>What an output's lines are, found byte by byte and without an index: slow, and plain to see.</summary>
internal static class PlainLog
{
    public static List<LogLine> Lines(ReadOnlySpan<byte> output, bool isEnded)
    {
        var lines = new List<LogLine>();
        var (start, afterReturn, isContinued, inTraceback, level) = (0, false, false, false, LineLevel.Debug);
        for (var at = 0; at <= output.Length; at++)
        {
            var isEnd = at == output.Length;
            var isNewline = !isEnd && output[at] == '\n';
            var isReturn = !isEnd && output[at] == '\r';
            var isCut = !isEnd && !isNewline && !isReturn && at - start == 64 * 1024;
            if ((isEnd && (!isEnded || at == start)) || (isReturn && at + 1 == output.Length && !isEnded))
            {
                break;
            }
            if (!isEnd && !isNewline && !isReturn && !isCut)
            {
                continue;
            }
            var isPair = isReturn && at + 1 < output.Length && output[at + 1] == '\n';
            var end = isCut ? CutAt(output, at) : at;
            var record = output[start..end];
            var isBlank = IsBlank(record);
            var returns = isReturn && !isPair;
            if (returns ? !isBlank && !IsFrame(record) : isCut || !(afterReturn && isBlank))
            {
                level = isContinued ? level : LevelWords.Of(record, ref inTraceback);
                lines.Add(new(lines.Count, level, AnsiText.Show(record), isContinued));
            }
            (afterReturn, isContinued) = (returns, isCut || isEnd);
            start = isCut || isEnd ? end : isPair ? at + 2 : at + 1;
            at = start - 1;
            if (isEnd)
            {
                break;
            }
        }
        return lines;
    }

    private static int CutAt(ReadOnlySpan<byte> output, int at)
    {
        for (var back = 0; back < 4; back++)
        {
            if (output[at - back] is < 0x80 or >= 0xC0)
            {
                return at - back;
            }
        }
        return at;
    }

    private static bool IsBlank(ReadOnlySpan<byte> record) => AnsiText.Strip(record, new byte[record.Length]).Trim(" \t"u8).IsEmpty;

    private static bool IsFrame(ReadOnlySpan<byte> record) =>
        System.Text.RegularExpressions.Regex.IsMatch(Encoding.Latin1.GetString(record), @"[0-9](%|/[0-9])");
}

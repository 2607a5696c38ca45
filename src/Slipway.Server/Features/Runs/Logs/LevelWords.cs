using System.Buffers;
using System.Text;

namespace Slipway.Server.Features.Runs.Logs;

/// <summary>Tells a line's level by the forms that training programs write. Looks at its begin only, so that long lines cost no more.</summary>
internal static class LevelWords
{
    private const int HeadBytes = 192;
    private const int JsonBytes = 2048;

    private static readonly SearchValues<byte> Initials = SearchValues.Create("CDEFINW"u8);

    /// <summary>What timestamps, brackets and separators are made of.</summary>
    private static readonly SearchValues<byte> StampBytes = SearchValues.Create("0123456789 :.,+-/_TZ[]()|\t"u8);

    private static readonly byte[][] JsonKeys = [.. new[] { "level", "levelname", "severity", "log.level" }.Select(key => Encoding.ASCII.GetBytes($"\"{key}\""))];

    private static readonly SearchValues<byte> NameBytes = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_."u8);

    /// <summary>Of one line, in order: a traceback goes over many.</summary>
    public static LineLevel Of(ReadOnlySpan<byte> line, ref bool inTraceback)
    {
        Span<byte> plain = stackalloc byte[HeadBytes];
        scoped var head = line[..Math.Min(line.Length, HeadBytes)];
        head = WithoutRank(AnsiText.HasCodes(head) ? AnsiText.Strip(head, plain) : head);
        if (head.IndexOf("Traceback (most recent call last)"u8) >= 0)
        {
            inTraceback = true;
            return LineLevel.Error;
        }
        if (inTraceback && (head.IsEmpty || head[0] is (byte)' ' or (byte)'\t'))
        {
            return LineLevel.Error;
        }
        if (Said(head, line) is { } level)
        {
            return level; // Inside a traceback: another process's line in between.
        }
        if (inTraceback)
        {
            inTraceback = false; // The exception itself.
            return LineLevel.Error;
        }
        return Shown(head, line);
    }

    /// <summary>What a logging library has written as the level.</summary>
    private static LineLevel? Said(ReadOnlySpan<byte> head, ReadOnlySpan<byte> line)
    {
        if (head.IsEmpty)
        {
            return null;
        }
        if (head[0] == '{')
        {
            return InJson(line[..Math.Min(line.Length, JsonBytes)]);
        }
        for (var at = 0; at < head.Length; at++)
        {
            var next = head[at..].IndexOfAny(Initials);
            if (next < 0)
            {
                break;
            }
            at += next;
            if (Word(head[at..], out var length) is { } level && EndsThere(head[(at + length)..]) && BeginsThere(head[..at]))
            {
                return level;
            }
        }
        return Compact(head) ?? InPairs(head);
    }

    private static LineLevel? Word(ReadOnlySpan<byte> text, out int length)
    {
        (length, var level) = text switch
        {
            _ when text.StartsWith("INFO"u8) => (4, LineLevel.Info),
            _ when text.StartsWith("WARNING"u8) => (7, LineLevel.Warning),
            _ when text.StartsWith("WARN"u8) => (4, LineLevel.Warning),
            _ when text.StartsWith("ERROR"u8) => (5, LineLevel.Error),
            _ when text.StartsWith("DEBUG"u8) => (5, LineLevel.Debug),
            _ when text.StartsWith("CRITICAL"u8) => (8, LineLevel.Error),
            _ when text.StartsWith("FATAL"u8) => (5, LineLevel.Error),
            _ when text.StartsWith("NOTICE"u8) => (6, LineLevel.Info),
            _ => (0, default(LineLevel)),
        };
        return length == 0 ? null : level;
    }

    /// <summary>A level stands at the begin, behind a timestamp, or behind a separator. Elsewhere it is a word of a sentence.</summary>
    private static bool BeginsThere(ReadOnlySpan<byte> before) =>
        before.IsEmpty || before[^1] is (byte)'[' or (byte)'|' or (byte)'<'
        || before.EndsWith("- "u8) || before.EndsWith("| "u8) || before.EndsWith("] "u8) || before.EndsWith("NCCL "u8)
        || !before.ContainsAnyExcept(StampBytes);

    private static bool EndsThere(ReadOnlySpan<byte> after) =>
        after.IsEmpty || after[0] is (byte)' ' or (byte)'\t' or (byte)']' or (byte)'|' or (byte)':' or (byte)'>' or (byte)'-' or (byte)',' or (byte)')';

    /// <summary>One letter, month and day: <c>W0818 19:49:47.123 …</c>, also behind <c>[</c>.</summary>
    private static LineLevel? Compact(ReadOnlySpan<byte> head)
    {
        var text = head[0] == '[' ? head[1..] : head;
        var digits = text.Length > 4 ? text[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') : -1;
        if (digits is not (3 or 4) || text[1 + digits] != ' ')
        {
            return null;
        }
        return text[0] switch
        {
            (byte)'I' => LineLevel.Info,
            (byte)'W' => LineLevel.Warning,
            (byte)'E' or (byte)'F' => LineLevel.Error,
            (byte)'D' => LineLevel.Debug,
            _ => null,
        };
    }

    private static LineLevel? InPairs(ReadOnlySpan<byte> head)
    {
        var at = head.IndexOf("level="u8);
        return at >= 0 && (at == 0 || head[at - 1] is (byte)' ' or (byte)'\t') ? Named(head[(at + 6)..].TrimStart((byte)'"')) : null;
    }

    private static LineLevel? InJson(ReadOnlySpan<byte> line)
    {
        foreach (var key in JsonKeys)
        {
            if (line.IndexOf(key) is >= 0 and var at)
            {
                return Named(line[(at + key.Length)..].TrimStart(" :\""u8));
            }
        }
        return null;
    }

    private static LineLevel? Named(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOfAnyExcept(NameBytes);
        Span<char> word = stackalloc char[16];
        var length = end < 0 ? text.Length : end;
        if (length is 0 or > 16)
        {
            return null;
        }
        Ascii.ToLower(text[..length], word, out length);
        return word[..length] switch
        {
            "info" or "information" or "notice" => LineLevel.Info,
            "warn" or "warning" => LineLevel.Warning,
            "error" or "err" or "fatal" or "critical" or "panic" or "alert" or "emergency" => LineLevel.Error,
            "debug" or "trace" or "verbose" => LineLevel.Debug,
            _ => null,
        };
    }

    /// <summary>What has no level, and shows by its words that something went wrong.</summary>
    private static LineLevel Shown(ReadOnlySpan<byte> head, ReadOnlySpan<byte> line)
    {
        if (head.IsEmpty)
        {
            return LineLevel.Info;
        }
        var name = head.IndexOfAnyExcept(NameBytes);
        if (name > 0 && head[name] == ':')
        {
            var word = head[..name];
            if (word.EndsWith("Error"u8) || word.EndsWith("Exception"u8) || word.SequenceEqual("error"u8) || word.SequenceEqual("fatal"u8))
            {
                return LineLevel.Error;
            }
        }
        if (head.IndexOf("Warning:"u8) >= 0)
        {
            return LineLevel.Warning;
        }
        return line.IndexOf("CUDA out of memory"u8) >= 0 || IsCrash(head) ? LineLevel.Error : LineLevel.Info;
    }

    private static bool IsCrash(ReadOnlySpan<byte> head) => head[0] switch
    {
        (byte)'D' => head.StartsWith("During handling of the above exception"u8),
        (byte)'F' => head.StartsWith("Fatal "u8),
        (byte)'K' => head.SequenceEqual("Killed"u8) || head.SequenceEqual("KeyboardInterrupt"u8),
        (byte)'S' => head.StartsWith("Segmentation fault"u8),
        (byte)'T' => head.StartsWith("The above exception was the direct cause"u8),
        (byte)'t' => head.StartsWith("terminate called "u8),
        _ => false,
    };

    /// <summary>Without what torch writes before each line of a rank: <c>[rank0]: </c>.</summary>
    private static ReadOnlySpan<byte> WithoutRank(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith("[rank"u8))
        {
            return head;
        }
        var end = head.IndexOf("]:"u8);
        if (end is < 6 or > 12)
        {
            return head;
        }
        var rest = head[(end + 2)..];
        return rest.StartsWith(" "u8) ? rest[1..] : rest;
    }
}

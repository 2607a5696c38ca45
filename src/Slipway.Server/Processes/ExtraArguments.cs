using System.Text;

namespace Slipway.Server.Processes;

/// <summary>
/// A line of arguments taken apart as a POSIX shell would: words between blanks, quotes, backslashes. Nothing is expanded and
/// nothing has a meaning of its own: <c>$HOME</c>, <c>*</c> and <c>;</c> stay what they are. The inverse of <see cref="ShellWords"/>.
/// </summary>
internal static class ExtraArguments
{
    /// <summary>UTF-8 bytes of the whole line.</summary>
    public const int MostBytes = 16 << 10;

    public const int MostWords = 512;

    /// <returns>The words; or none, and what is wrong with the line, with what would be accepted.</returns>
    public static (IReadOnlyList<string> Words, string? Fault) Split(string line)
    {
        if (FaultOf(line) is { } fault)
        {
            return ([], fault);
        }
        var words = new List<string>();
        for (var at = SkipBlanks(line, 0); at < line.Length; at = SkipBlanks(line, at))
        {
            if (words.Count == MostWords)
            {
                return ([], $"The arguments are more than {MostWords}; accepted are at most so many.");
            }
            var word = new StringBuilder();
            if (ReadWord(line, ref at, word) is { } open)
            {
                return ([], open);
            }
            words.Add(word.ToString());
        }
        return (words, null);
    }

    private static string? FaultOf(string line)
    {
        if (Encoding.UTF8.GetByteCount(line) is > MostBytes and var bytes)
        {
            return $"The arguments take {bytes} bytes; accepted are at most {MostBytes}.";
        }
        for (var at = 0; at < line.Length; at++)
        {
            if (char.IsControl(line[at]) && !IsBlank(line[at]))
            {
                return $"The arguments hold the control character U+{(int)line[at]:X4} at position {at + 1}; "
                    + "of these only tabs and line ends are accepted.";
            }
            if (char.IsHighSurrogate(line[at]) && at + 1 < line.Length && char.IsLowSurrogate(line[at + 1]))
            {
                at++;
            }
            else if (char.IsSurrogate(line[at]))
            {
                return $"The arguments hold half a character at position {at + 1}; accepted is text.";
            }
        }
        return null;
    }

    private static bool IsBlank(char character) => character is ' ' or '\t' or '\n' or '\r';

    private static int SkipBlanks(string line, int at)
    {
        // A backslash before a line's end joins the lines, and is no word.
        while (at < line.Length && (IsBlank(line[at]) || IsJoint(line, at)))
        {
            at += IsBlank(line[at]) ? 1 : 2;
        }
        return at;
    }

    private static bool IsJoint(string line, int at) => line[at] == '\\' && at + 1 < line.Length && line[at + 1] == '\n';

    private static string? ReadWord(string line, ref int at, StringBuilder word)
    {
        while (at < line.Length && !IsBlank(line[at]))
        {
            var fault = line[at] switch
            {
                '\'' => ReadSingle(line, ref at, word),
                '"' => ReadDouble(line, ref at, word),
                '\\' => ReadEscape(line, ref at, word),
                _ => null,
            };
            if (fault is not null)
            {
                return fault;
            }
            while (at < line.Length && !IsBlank(line[at]) && line[at] is not ('\'' or '"' or '\\'))
            {
                word.Append(line[at++]);
            }
        }
        return null;
    }

    private static string? ReadSingle(string line, ref int at, StringBuilder word)
    {
        var end = line.IndexOf('\'', at + 1);
        if (end < 0)
        {
            return Open('\'', at);
        }
        word.Append(line, at + 1, end - at - 1);
        at = end + 1;
        return null;
    }

    private static string? ReadDouble(string line, ref int at, StringBuilder word)
    {
        var start = at++;
        while (at < line.Length && line[at] != '"')
        {
            if (IsJoint(line, at))
            {
                at += 2;
                continue;
            }
            // Between these quotes a backslash keeps its own meaning before everything else.
            if (line[at] == '\\' && at + 1 < line.Length && line[at + 1] is '$' or '`' or '"' or '\\')
            {
                at++;
            }
            word.Append(line[at++]);
        }
        if (at >= line.Length)
        {
            return Open('"', start);
        }
        at++;
        return null;
    }

    private static string? ReadEscape(string line, ref int at, StringBuilder word)
    {
        if (at + 1 >= line.Length)
        {
            return @"The arguments end with a backslash; write '\\' where one is meant.";
        }
        if (line[at + 1] != '\n')
        {
            word.Append(line[at + 1]);
        }
        at += 2;
        return null;
    }

    private static string Open(char quote, int at) =>
        $"The quote {quote} at position {at + 1} of the arguments is never closed; close it, or write \\{quote} where one is meant.";
}

using System.Buffers;
using System.Globalization;
using System.Text;

namespace Slipway.Server.Features.Runs.Logs;

/// <summary>Raw bytes of a line as text for people.</summary>
internal static class AnsiText
{
    private const byte Escape = 0x1B;
    private const byte Bell = 0x07;

    /// <summary>A colour code is short. What is longer is no colour code, and is shown; this also bounds the time for hostile lines.</summary>
    private const int LongestCode = 64;

    /// <summary>Titles and links.</summary>
    private const int LongestString = 2048;

    /// <summary>Bytes that may have to be escaped: C0 without the tab, DEL, and the first byte of the C1 characters.</summary>
    private static readonly SearchValues<byte> Suspicious = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Where(code => code != '\t').Select(code => (byte)code), 0x7F, 0xC2]);

    public static bool HasCodes(ReadOnlySpan<byte> line) => line.Contains(Escape);

    /// <summary>Copies the line without its terminal codes to <paramref name="plain"/>, which is as long as the line or longer.</summary>
    public static ReadOnlySpan<byte> Strip(ReadOnlySpan<byte> line, Span<byte> plain)
    {
        var written = 0;
        while (line.IndexOf(Escape) is >= 0 and var at)
        {
            line[..at].CopyTo(plain[written..]);
            written += at;
            line = line[at..];
            var code = CodeLength(line);
            if (code == 0)
            {
                plain[written++] = Escape;
                code = 1;
            }
            line = line[code..];
        }
        line.CopyTo(plain[written..]);
        return plain[..(written + line.Length)];
    }

    /// <summary>The text to show: no colours, U+FFFD for what is not UTF-8, other control characters as <c>\x07</c>.</summary>
    public static string Show(ReadOnlySpan<byte> line)
    {
        if (!line.ContainsAny(Suspicious))
        {
            return Encoding.UTF8.GetString(line);
        }
        var rented = ArrayPool<byte>.Shared.Rent(line.Length);
        var text = Encoding.UTF8.GetString(Strip(line, rented));
        ArrayPool<byte>.Shared.Return(rented);
        return text.AsSpan().ContainsAnyInRange('\0', '\x1F') || text.AsSpan().ContainsAnyInRange('\x7F', '\x9F') ? EscapeControls(text) : text;
    }

    private static string EscapeControls(string text)
    {
        var shown = new StringBuilder(text.Length + 64);
        foreach (var character in text)
        {
            if (char.IsControl(character) && character != '\t')
            {
                shown.Append(CultureInfo.InvariantCulture, $"\\x{(int)character:x2}");
            }
            else
            {
                shown.Append(character);
            }
        }
        return shown.ToString();
    }

    /// <summary>The length of the code that begins here with an escape; 0 when it is none.</summary>
    private static int CodeLength(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2)
        {
            return 0;
        }
        return text[1] switch
        {
            (byte)'[' => Until(text, 2, 0x20, 0x3F, 0x40),
            (byte)']' or (byte)'P' or (byte)'X' or (byte)'^' or (byte)'_' => StringLength(text),
            >= 0x20 and <= 0x2F => Until(text, 2, 0x20, 0x2F, 0x30),
            >= 0x30 and <= 0x7E => 2,
            _ => 0,
        };
    }

    /// <summary>Passes parameters in their range; the byte behind them must be a final one, from <paramref name="final"/> to '~'.</summary>
    private static int Until(ReadOnlySpan<byte> text, int from, byte low, byte high, byte final)
    {
        var rest = text[from..Math.Min(text.Length, LongestCode)];
        var at = rest.IndexOfAnyExceptInRange(low, high);
        return at >= 0 && rest[at] >= final && rest[at] <= 0x7E ? from + at + 1 : 0;
    }

    private static int StringLength(ReadOnlySpan<byte> text)
    {
        var rest = text[2..Math.Min(text.Length, LongestString)];
        var at = rest.IndexOfAny(Bell, Escape);
        if (at < 0)
        {
            return 0;
        }
        if (rest[at] == Bell)
        {
            return at + 3;
        }
        return at + 1 < rest.Length && rest[at + 1] == '\\' ? at + 4 : 0;
    }
}

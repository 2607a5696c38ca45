using System.Globalization;
using System.Text;
using Slipway.Engine.ChatTemplates.Rendering;

namespace Slipway.Engine.ChatTemplates.Values;

/// <summary>A string as Python's <c>repr()</c> quotes it: single quotes unless only those occur inside.</summary>
internal static class StringRepr
{
    public static void Write(string text, TextSink sink)
    {
        var quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        sink.Append(quote);
        for (var i = 0; i < text.Length;)
        {
            var width = CodePoints.WidthAt(text, i);
            WriteCharacter(text.AsSpan(i, width), quote, sink);
            i += width;
        }

        sink.Append(quote);
    }

    private static void WriteCharacter(ReadOnlySpan<char> character, char quote, TextSink sink)
    {
        switch (character[0])
        {
            case '\\':
                sink.Append("\\\\");
                break;
            case '\n':
                sink.Append("\\n");
                break;
            case '\r':
                sink.Append("\\r");
                break;
            case '\t':
                sink.Append("\\t");
                break;
            case var first when first == quote:
                sink.Append('\\');
                sink.Append(first);
                break;
            case ' ':
                sink.Append(' ');
                break;
            default:
                WriteOther(character, sink);
                break;
        }
    }

    private static void WriteOther(ReadOnlySpan<char> character, TextSink sink)
    {
        var isWhole = Rune.DecodeFromUtf16(character, out var rune, out _) == System.Buffers.OperationStatus.Done;
        if (isWhole && IsPrintable(Rune.GetUnicodeCategory(rune)))
        {
            sink.Append(character);
            return;
        }

        var code = isWhole ? rune.Value : character[0];
        sink.Append(code switch
        {
            <= 0xFF => $"\\x{code:x2}",
            <= 0xFFFF => $"\\u{code:x4}",
            _ => $"\\U{code:x8}",
        });
    }

    private static bool IsPrintable(UnicodeCategory category) => category is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.SpaceSeparator);
}

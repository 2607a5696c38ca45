using System.Text;
using System.Text.Encodings.Web;

namespace Slipway.Client;

/// <summary>How text stands in Slipway's JSON: as itself. Only what JSON forbids is escaped.</summary>
/// <remarks>
/// The framework's relaxed encoder still escapes everything outside the basic plane: rare Chinese characters and emoji.
/// The output is meant for JSON bodies, not for pages: <c>&lt;</c> and <c>&amp;</c> stay as they are.
/// </remarks>
public sealed class WireText : JavaScriptEncoder
{
    private WireText()
    {
    }

    public static WireText Encoder { get; } = new();

    /// <inheritdoc/>
    public override int MaxOutputCharactersPerInputCharacter => 6;

    /// <inheritdoc/>
    public override unsafe int FindFirstCharacterToEncode(char* text, int textLength)
    {
        var span = new ReadOnlySpan<char>(text, textLength);
        for (var i = 0; i < span.Length; i++)
        {
            if (span[i] is < ' ' or '"' or '\\' or '\x7f')
            {
                return i;
            }

            if (char.IsSurrogate(span[i]))
            {
                if (Rune.DecodeFromUtf16(span[i..], out _, out var length) != System.Buffers.OperationStatus.Done)
                {
                    return i;
                }

                i += length - 1;
            }
        }

        return -1;
    }

    /// <inheritdoc/>
    public override unsafe bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
    {
        var output = new Span<char>(buffer, bufferLength);
        if (!WillEncode(unicodeScalar))
        {
            // The encoder is also asked for runes that follow one to escape.
            var rune = new Rune(unicodeScalar);
            return rune.TryEncodeToUtf16(output, out numberOfCharactersWritten);
        }

        var escaped = unicodeScalar switch
        {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            _ => $"\\u{unicodeScalar:x4}",
        };
        numberOfCharactersWritten = escaped.TryCopyTo(output) ? escaped.Length : 0;
        return numberOfCharactersWritten > 0;
    }

    /// <inheritdoc/>
    public override bool WillEncode(int unicodeScalar) => unicodeScalar is < ' ' or '"' or '\\' or '\x7f';
}

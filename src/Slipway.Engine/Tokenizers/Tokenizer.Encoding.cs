using System.Buffers;
using System.Text;

namespace Slipway.Engine.Tokenizers;

/// <summary>Text to tokens.</summary>
/// <remarks>
/// :: 1 added tokens are cut out of the raw text; :: 2 what is between them is normalised; :: 3 added tokens that are
/// defined on normalised text are cut out of that; :: 4 the rest is cut into pieces; :: 5 each piece is merged.
/// </remarks>
public sealed partial class Tokenizer
{
    private const int BytesOnStack = 256;

    /// <summary>The tokens of a text, without a begin token. Lone surrogates count as U+FFFD.</summary>
    /// <param name="text">Any text. Time grows with n log n of its length, whatever is in it.</param>
    /// <param name="parseSpecial">
    /// Whether control tokens written in the text become those tokens. Off, they are plain text, which is what text from
    /// outside must be; user-defined tokens are matched either way.
    /// </param>
    public int[] Encode(string text, bool parseSpecial = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        var output = new List<int>((text.Length / 3) + 4);
        Encode(text, output, parseSpecial);
        return [.. output];
    }

    /// <summary>Appends the tokens of a text to <paramref name="output"/>; otherwise as <see cref="Encode(string, bool)"/>.</summary>
    public void Encode(ReadOnlySpan<char> text, List<int> output, bool parseSpecial = true)
    {
        ArgumentNullException.ThrowIfNull(output);
        var at = 0;
        while (_addedTokens.TryFind(text, at, parseSpecial, out var match)) // :: 1
        {
            EncodeBetween(text[at..match.Start], output, parseSpecial);
            output.Add(match.Id);
            at = match.End;
        }

        EncodeBetween(text[at..], output, parseSpecial);
    }

    private void EncodeBetween(ReadOnlySpan<char> text, List<int> output, bool parseSpecial)
    {
        if (_normalizes && !Nfc.IsSurelyNormal(text))
        {
            text = Nfc.Normalize(text); // :: 2
        }

        var at = 0;
        if (_normalizedAddedTokens is { } added)
        {
            while (added.TryFind(text, at, parseSpecial, out var match)) // :: 3
            {
                EncodePlain(text[at..match.Start], output);
                output.Add(match.Id);
                at = match.End;
            }
        }

        EncodePlain(text[at..], output);
    }

    private void EncodePlain(ReadOnlySpan<char> text, List<int> output)
    {
        while (!text.IsEmpty)
        {
            var end = PieceScanner.EndOfPiece(_preTokenizer, text, 0); // :: 4
            EncodePiece(text[..end], output);
            text = text[end..];
        }
    }

    private void EncodePiece(ReadOnlySpan<char> piece, List<int> output)
    {
        var most = Encoding.UTF8.GetMaxByteCount(piece.Length);
        var rented = most > BytesOnStack ? ArrayPool<byte>.Shared.Rent(most) : null;
        var bytes = rented ?? stackalloc byte[BytesOnStack];
        try
        {
            bytes = bytes[..Encoding.UTF8.GetBytes(piece, bytes)];
            if (_ignoresMerges && _tokens.Find(bytes, normal: true) is int whole)
            {
                output.Add(whole);
            }
            else
            {
                _encoder.Encode(bytes, output); // :: 5
            }
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }
}

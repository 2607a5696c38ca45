using System.Text;

namespace Slipway.Engine.Tokenizers;

/// <summary>
/// Turns tokens into text as they come. A character whose bytes are spread over tokens appears once it is whole; all that
/// was returned, joined, is what <see cref="Tokenizer.Decode"/> makes of all tokens. Not for use by two threads at once.
/// </summary>
/// <param name="tokenizer">Where the tokens are from.</param>
/// <param name="skipSpecial">Leaves out control, unknown and unused tokens; user-defined ones stay.</param>
public sealed class StreamingDetokenizer(Tokenizer tokenizer, bool skipSpecial = true)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder(); // Holds up to three bytes of an unfinished character.
    private char[] _characters = new char[64];

    /// <summary>Whether the tokens so far end inside a character.</summary>
    public bool IsInsideCharacter => _decoder.GetCharCount([], flush: true) > 0;

    /// <summary>Takes the next token and returns the text that became certain; often empty.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public string Append(int id) => Decode(tokenizer.GetOutputBytes(id, skipSpecial), flush: false);

    /// <summary>Ends the text: an unfinished character becomes U+FFFD. Afterwards a new text may begin.</summary>
    public string Flush() => Decode([], flush: true);

    private string Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        // Room for the bytes held back from before, too.
        var most = Encoding.UTF8.GetMaxCharCount(bytes.Length + 3);
        if (most > _characters.Length)
        {
            _characters = new char[most];
        }

        var count = _decoder.GetChars(bytes, _characters, flush);
        return count == 0 ? string.Empty : new string(_characters, 0, count);
    }
}

using System.Text;
using Slipway.Engine.Tokenizers;

namespace Slipway.Server.Serving;

/// <summary>
/// Keeps text from outside from steering the model: a message that spells <c>&lt;|im_end|&gt;</c> must not end its turn.
/// </summary>
/// <remarks>
/// :: 1 before rendering, the first character of each control text in a message is replaced by a mark that stands nowhere
/// else; :: 2 after rendering, the prompt is cut at the marks; :: 3 what a mark begins is encoded as plain text.
/// </remarks>
internal sealed class ControlTexts(Tokenizer tokenizer)
{
    // A noncharacter: valid in UTF-16, never assigned, and taken out of messages beforehand.
    private const char Mark = '\ufdd0';

    private readonly string[] _texts = [.. Enumerable.Range(0, tokenizer.VocabularySize)
        .Where(id => tokenizer.GetKind(id) == TokenKind.Control)
        .Select(id => Encoding.UTF8.GetString(tokenizer.GetBytes(id)))
        .Where(text => text.Length > 1)
        .OrderByDescending(text => text.Length)];

    /// <summary>Step 1, for every text that comes from outside.</summary>
    public string Disarm(string text)
    {
        var safe = text.Replace(Mark, '\ufffd');
        if (!Array.Exists(_texts, control => safe.Contains(control, StringComparison.Ordinal)))
        {
            return safe;
        }

        foreach (var control in _texts)
        {
            safe = safe.Replace(control, Mark + control, StringComparison.Ordinal);
        }

        return safe;
    }

    /// <summary>Steps 2 and 3, for the rendered prompt.</summary>
    public IReadOnlyList<int> Encode(string prompt, Func<string, int[]> encodeBeginning)
    {
        if (!prompt.Contains(Mark, StringComparison.Ordinal))
        {
            return encodeBeginning(prompt);
        }

        var parts = prompt.Split(Mark);
        var ids = new List<int>(encodeBeginning(parts[0]));
        foreach (var part in parts.AsSpan(1))
        {
            var control = Array.Find(_texts, text => part.StartsWith(text, StringComparison.Ordinal)) ?? "";
            tokenizer.Encode(control, ids, parseSpecial: false);
            tokenizer.Encode(part.AsSpan(control.Length), ids);
        }

        return ids;
    }
}

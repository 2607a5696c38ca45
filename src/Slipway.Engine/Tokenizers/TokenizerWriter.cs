using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;

namespace Slipway.Engine.Tokenizers;

/// <summary>Writes tokenizers as other programs read them. What was read from one form and written in another encodes alike.</summary>
public static class TokenizerWriter
{
    /// <summary>The content of Hugging Face's <c>tokenizer.json</c>, UTF-8. Unused tokens are left out.</summary>
    /// <exception cref="ModelFormatException">The vocabulary has what byte-level BPE files cannot say.</exception>
    public static byte[] WriteTokenizerJson(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return TokenizerJsonWriter.Write(tokenizer);
    }

    /// <summary>The content of <c>tokenizer_config.json</c>, UTF-8: the tokens' roles and the chat template, where there is one.</summary>
    public static byte[] WriteTokenizerConfig(Tokenizer tokenizer, string? chatTemplate)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return TokenizerConfigWriter.Write(tokenizer, chatTemplate);
    }

    /// <summary>Adds the <c>tokenizer.*</c> metadata of a GGUF file.</summary>
    /// <exception cref="ModelFormatException">As for <see cref="ThrowIfNotForGguf"/>.</exception>
    public static void AddToGguf(Tokenizer tokenizer, GgufWriter writer, string? chatTemplate)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ThrowIfNotForGguf(tokenizer);
        TokenizerGgufWriter.Add(tokenizer, writer, chatTemplate);
    }

    /// <summary>
    /// Checks that a GGUF file can say all of a tokenizer. There the pre-tokenizer's name decides about normalisation
    /// (Qwen2 does) and about pieces that are tokens as they stand (Llama 3 takes them whole).
    /// </summary>
    /// <exception cref="ModelFormatException">It cannot.</exception>
    public static void ThrowIfNotForGguf(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var preTokenizer = tokenizer.PreTokenizer;
        if (tokenizer.NormalizesToNfc != (preTokenizer == PreTokenizer.Qwen2)
            || tokenizer.IgnoresMerges != (preTokenizer == PreTokenizer.Llama3))
        {
            throw new ModelFormatException(
                $"A GGUF file cannot say that a {preTokenizer} tokenizer "
                + $"{(tokenizer.NormalizesToNfc ? "normalises" : "does not normalise")} text and "
                + $"{(tokenizer.IgnoresMerges ? "ignores" : "follows")} merges within known pieces; accepted are Qwen2 that normalises, "
                + "Llama3 that ignores merges, and Gpt2 with neither.");
        }

        _ = MergeSpellings(tokenizer);
    }

    /// <summary>The merges as files have them, "left right".</summary>
    internal static List<string> MergeSpellings(Tokenizer tokenizer)
    {
        var spellings = new List<string>();
        foreach (var (left, right, result) in tokenizer.Merges)
        {
            var leftText = tokenizer.GetSpelling(left, asMergePart: true);
            var rightText = tokenizer.GetSpelling(right, asMergePart: true);
            if (tokenizer.GetSpelling(result, asMergePart: true) != leftText + rightText)
            {
                throw new ModelFormatException(
                    $"Merge {spellings.Count} joins tokens {left} and {right} into {result}, which is not their union; "
                    + "files can name unions only.");
            }

            spellings.Add($"{leftText} {rightText}");
        }

        return spellings;
    }
}

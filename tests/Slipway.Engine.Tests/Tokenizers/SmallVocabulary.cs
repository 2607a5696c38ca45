using System.Text;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Tests.Tokenizers;

/// <summary>A vocabulary small enough to know by heart: the 256 bytes as tokens 0 to 255, a few merges, five added tokens.</summary>
internal static class SmallVocabulary
{
    /// <summary>Joined in this order; each part is a byte or the result of an earlier merge.</summary>
    private static readonly (string Left, string Right)[] Merges =
    [
        (" ", "t"), ("h", "e"), (" t", "he"), ("l", "l"), ("he", "ll"), ("hell", "o"), (" ", " "), ("  ", "  "),
        ("i", "n"), ("in", "g"), (" ", "w"), ("o", "r"), (" w", "or"), ("a", "a"), ("aa", "aa"), ("1", "2"),
    ];

    public const int FirstMergedToken = 256;

    public static int ImStart => FirstMergedToken + Merges.Length;

    public static int ImEnd => ImStart + 1;

    public static int EndOfText => ImStart + 2;

    public static int Think => ImStart + 3;

    public static int EndThink => ImStart + 4;

    public static int Size => ImStart + 5;

    public static Tokenizer CreateTokenizer(PreTokenizer preTokenizer = PreTokenizer.Qwen2) =>
        Tokenizer.FromVocabulary(Create(preTokenizer));

    public static TokenizerVocabulary Create(PreTokenizer preTokenizer = PreTokenizer.Qwen2)
    {
        var vocabulary = CreateBytes(preTokenizer);
        var ids = Enumerable.Range(0, 128).ToDictionary(value => ((char)value).ToString());
        foreach (var (left, right) in Merges)
        {
            var result = vocabulary.Size;
            vocabulary.AddToken(result, Encoding.UTF8.GetBytes(left + right), TokenKind.Normal);
            vocabulary.AddMerge(ids[left], ids[right], result);
            ids.Add(left + right, result);
        }

        vocabulary.AddToken(ImStart, "<|im_start|>"u8, TokenKind.Control);
        vocabulary.AddToken(ImEnd, "<|im_end|>"u8, TokenKind.Control);
        vocabulary.AddToken(EndOfText, "<|endoftext|>"u8, TokenKind.Control);
        vocabulary.AddToken(Think, "<think>"u8, TokenKind.UserDefined);
        vocabulary.AddToken(EndThink, "</think>"u8, TokenKind.UserDefined);
        vocabulary.EndTokens.Add(ImEnd);
        vocabulary.PadToken = EndOfText;
        return vocabulary;
    }

    /// <summary>Only the bytes, to which a test adds what it is about.</summary>
    public static TokenizerVocabulary CreateBytes(PreTokenizer preTokenizer = PreTokenizer.Qwen2, bool ignoresMerges = false)
    {
        var vocabulary = new TokenizerVocabulary
        {
            PreTokenizer = preTokenizer,
            NormalizesToNfc = preTokenizer == PreTokenizer.Qwen2,
            IgnoresMerges = ignoresMerges,
        };
        for (var value = 0; value < 256; value++)
        {
            vocabulary.AddToken(value, [(byte)value], TokenKind.Normal);
        }

        return vocabulary;
    }
}

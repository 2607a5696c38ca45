using System.Text;

namespace Slipway.Engine.Tokenizers.Training;

/// <summary>What <see cref="BytePairTrainer"/> is to make.</summary>
public sealed record BytePairTrainingOptions
{
    private const int ByteTokens = 256;
    private const int LargestVocabulary = 1_000_000;
    private const int LongestSpecialToken = 256;

    /// <summary>
    /// Tokens in all, the 256 bytes and <see cref="SpecialTokens"/> included: from those to 1,000,000. The vocabulary
    /// ends up smaller when the texts have no more pairs that are frequent enough.
    /// </summary>
    public int VocabularySize { get; init; } = 8192;

    /// <summary>
    /// Tokens that come after the learned ones. <c>&lt;|im_end|&gt;</c> becomes the end token and
    /// <c>&lt;|endoftext|&gt;</c> the padding where they are among them.
    /// </summary>
    public IReadOnlyList<SpecialToken> SpecialTokens { get; init; } =
    [
        new("<|endoftext|>", TokenKind.Control),
        new("<|im_start|>", TokenKind.Control),
        new("<|im_end|>", TokenKind.Control),
        new("<think>", TokenKind.UserDefined),
        new("</think>", TokenKind.UserDefined),
        new("<tool_call>", TokenKind.UserDefined),
        new("</tool_call>", TokenKind.UserDefined),
        new("<tool_response>", TokenKind.UserDefined),
        new("</tool_response>", TokenKind.UserDefined),
    ];

    /// <summary>How texts are cut before pairs are counted, and before merging later on.</summary>
    public PreTokenizer PreTokenizer { get; init; } = PreTokenizer.Qwen2;

    /// <summary>Whether texts are brought to Unicode normalisation form C first. GGUF files can say so for Qwen2 alone.</summary>
    public bool NormalizesToNfc { get; init; } = true;

    /// <summary>How often a pair must occur to become a token, at least 1.</summary>
    public int MinimumFrequency { get; init; } = 2;

    /// <exception cref="ArgumentException">A value is out of its range; the message names it.</exception>
    internal void Validate()
    {
        var least = ByteTokens + SpecialTokens.Count;
        Require(VocabularySize >= least && VocabularySize <= LargestVocabulary, nameof(VocabularySize), VocabularySize,
            $"{least} (the bytes and the special tokens) to {LargestVocabulary}");
        Require(Enum.IsDefined(PreTokenizer), nameof(PreTokenizer), PreTokenizer, "Gpt2, Qwen2 and Llama3");
        Require(MinimumFrequency >= 1, nameof(MinimumFrequency), MinimumFrequency, "1 and more");
        var texts = new HashSet<string>();
        foreach (var (text, kind) in SpecialTokens)
        {
            // One character alone would be taken for a byte of the alphabet that vocabularies are spelled in.
            Require(text.Length >= 2 && Encoding.UTF8.GetByteCount(text) <= LongestSpecialToken, "special token", text,
                $"texts of 2 characters to {LongestSpecialToken} bytes");
            Require(!text.EnumerateRunes().Contains(Rune.ReplacementChar), "special token", text,
                "texts without U+FFFD and lone surrogates");
            Require(texts.Add(text), "special token", text, "texts that are given once");
            Require(kind is TokenKind.Control or TokenKind.UserDefined, $"kind of {text}", kind, "Control and UserDefined");
        }
    }

    private static void Require(bool holds, string name, object value, string accepted)
    {
        if (!holds)
        {
            throw new ArgumentException($"The {name} is {value}; accepted are {accepted}.");
        }
    }
}

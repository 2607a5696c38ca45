using System.Text;

namespace Slipway.Engine.Tokenizers.Training;

/// <summary>
/// Learns a byte-level BPE vocabulary (Sennrich et al. 2016, arXiv:1508.07909): beginning with the bytes, the most
/// frequent pair of neighbours becomes a token, again and again.
/// </summary>
public static class BytePairTrainer
{
    private const int ByteTokens = 256;

    /// <summary>Of learned tokens, in bytes. Only rules of dashes and the like reach it, and they would double without end.</summary>
    private const int LongestToken = 128;

    /// <summary>
    /// Trains a tokenizer. The same texts give the same vocabulary, whatever their order. Ids: the bytes in the order of
    /// GPT-2's alphabet, then the learned tokens (of at most 128 bytes), then the special ones.
    /// </summary>
    /// <param name="texts">Read once, one after another; only their distinct pieces (words, mostly) are kept.</param>
    /// <param name="options">The vocabulary to make.</param>
    /// <param name="progress">Is told the share of the merges that are made, 0 to 1; counting the texts comes before and is 0.</param>
    /// <param name="cancellationToken">Looked at for every text and every merge.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The texts have more than 256 MiB of distinct pieces.</exception>
    public static Tokenizer Train(
        IEnumerable<string> texts, BytePairTrainingOptions options, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        progress?.Report(0);
        var pieces = new PieceCounter(options);
        foreach (var text in texts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            pieces.Add(text);
        }

        var vocabulary = new TokenizerVocabulary(options.VocabularySize)
        {
            PreTokenizer = options.PreTokenizer,
            NormalizesToNfc = options.NormalizesToNfc,
            IgnoresMerges = options.PreTokenizer == PreTokenizer.Llama3, // As every reader of such a vocabulary takes for granted.
        };
        var index = new PairIndex(pieces.Counts, AddBytes(vocabulary));
        AddMerges(vocabulary, index, options, progress, cancellationToken);
        AddSpecialTokens(vocabulary, options.SpecialTokens);
        progress?.Report(1);
        return Tokenizer.FromVocabulary(vocabulary);
    }

    private static int[] AddBytes(TokenizerVocabulary vocabulary)
    {
        var idOfByte = new int[ByteTokens];
        foreach (var value in ByteLevelAlphabet.BytesInOrder)
        {
            idOfByte[value] = vocabulary.Size;
            vocabulary.AddToken(vocabulary.Size, [value], TokenKind.Normal);
        }

        return idOfByte;
    }

    private static void AddMerges(
        TokenizerVocabulary vocabulary, PairIndex index, BytePairTrainingOptions options, IProgress<double>? progress,
        CancellationToken cancellationToken)
    {
        var reserved = Reserved(options.SpecialTokens);
        var end = options.VocabularySize - options.SpecialTokens.Count;
        var percent = Math.Max(1, (end - ByteTokens) / 100);
        while (vocabulary.Size < end && index.TryTakeMostFrequent(out var pair, out var count) && count >= options.MinimumFrequency)
        {
            cancellationToken.ThrowIfCancellationRequested();
            byte[] bytes = [.. vocabulary.Tokens.GetBytes(pair.Left), .. vocabulary.Tokens.GetBytes(pair.Right)];
            if (bytes.Length > LongestToken || reserved.Contains(Convert.ToHexString(bytes)))
            {
                continue;
            }

            var known = vocabulary.Tokens.Find(bytes, normal: true); // Two pairs may make the same bytes: "a bc" and "ab c".
            var result = known ?? vocabulary.Size;
            if (known is null)
            {
                vocabulary.AddToken(result, bytes, TokenKind.Normal);
            }

            vocabulary.AddMerge(pair.Left, pair.Right, result);
            index.Join(pair, result);
            if ((result - ByteTokens) % percent == 0)
            {
                progress?.Report((double)(result - ByteTokens) / (end - ByteTokens));
            }
        }
    }

    /// <summary>What no learned token may be: the special tokens, as bytes and as what their text spells in the alphabet.</summary>
    private static HashSet<string> Reserved(IReadOnlyList<SpecialToken> tokens)
    {
        var reserved = new HashSet<string>();
        foreach (var token in tokens)
        {
            var bytes = Encoding.UTF8.GetBytes(token.Text);
            reserved.Add(Convert.ToHexString(bytes));
            var spelled = new byte[bytes.Length];
            if (ByteLevelAlphabet.TryDecode(bytes, spelled, out var length))
            {
                reserved.Add(Convert.ToHexString(spelled, 0, length));
            }
        }

        return reserved;
    }

    private static void AddSpecialTokens(TokenizerVocabulary vocabulary, IReadOnlyList<SpecialToken> tokens)
    {
        foreach (var (text, kind) in tokens)
        {
            vocabulary.AddToken(vocabulary.Size, Encoding.UTF8.GetBytes(text), kind);
        }

        vocabulary.PadToken = vocabulary.Tokens.Find("<|endoftext|>"u8, normal: false);
        vocabulary.EndToken = vocabulary.Tokens.Find("<|im_end|>"u8, normal: false) ?? vocabulary.PadToken;
        if (vocabulary.EndToken is int end)
        {
            vocabulary.EndTokens.Add(end);
        }
    }
}

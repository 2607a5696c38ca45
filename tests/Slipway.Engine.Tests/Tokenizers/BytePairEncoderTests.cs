using System.Text;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Tests.Tokenizers;

public sealed class BytePairEncoderTests
{
    [Fact]
    public void Merges_are_done_by_rank_and_from_the_left()
    {
        var tokenizer = SmallVocabulary.CreateTokenizer();

        Assert.Equal(["hello"], Texts(tokenizer, "hello"));
        Assert.Equal([" the", "r", "e"], Texts(tokenizer, " there"));
        Assert.Equal(["aa", "a"], Texts(tokenizer, "aaa"));
        Assert.Equal(["aaaa", "aa", "a"], Texts(tokenizer, "aaaaaaa"));
    }

    [Theory]
    [InlineData(2, 8)] // short pieces
    [InlineData(BytePairEncoder.LongestShortPiece - 1, BytePairEncoder.LongestShortPiece + 2)] // either side of the step
    [InlineData(100, 400)]
    public void Any_merges_on_any_bytes_give_what_the_definition_gives(int shortest, int longest)
    {
        var random = new Random(5);
        for (var round = 0; round < 60; round++)
        {
            var reference = RandomMerges(random, out var vocabulary);
            var encoder = new BytePairEncoder(vocabulary.Tokens, vocabulary.Merges, unknownToken: null);
            for (var i = 0; i < 20; i++)
            {
                var piece = new byte[random.Next(shortest, longest)];
                Array.ForEach([.. Enumerable.Range(0, piece.Length)], at => piece[at] = (byte)('a' + random.Next(3)));
                var actual = new List<int>();

                encoder.Encode(piece, actual);

                Assert.Equal(reference.Encode(piece), actual);
            }
        }
    }

    [Fact]
    public void A_byte_without_a_token_becomes_the_unknown_token_or_nothing()
    {
        var without = new TokenizerVocabulary { PreTokenizer = PreTokenizer.Qwen2 };
        without.AddToken(0, "a"u8, TokenKind.Normal);
        without.AddToken(1, "aa"u8, TokenKind.Normal);
        without.AddMerge(0, 0, 1);
        var with = new TokenizerVocabulary { PreTokenizer = PreTokenizer.Qwen2, UnknownToken = 1 };
        with.AddToken(0, "a"u8, TokenKind.Normal);
        with.AddToken(1, "<unk>"u8, TokenKind.Unknown);

        Assert.Equal([0, 0, 1], Tokenizer.FromVocabulary(without).Encode("abaxaa"));
        Assert.Equal([0, 1, 0], Tokenizer.FromVocabulary(with).Encode("aba"));
    }

    [Fact]
    public void Where_merges_are_ignored_a_piece_that_is_a_token_is_taken_whole()
    {
        var merging = SmallVocabulary.CreateBytes(PreTokenizer.Llama3);
        merging.AddToken(256, "xyz"u8, TokenKind.Normal);
        var ignoring = SmallVocabulary.CreateBytes(PreTokenizer.Llama3, ignoresMerges: true);
        ignoring.AddToken(256, "xyz"u8, TokenKind.Normal);

        Assert.Equal(['x', 'y', 'z'], Tokenizer.FromVocabulary(merging).Encode("xyz"));
        Assert.Equal([256], Tokenizer.FromVocabulary(ignoring).Encode("xyz"));
    }

    public static TheoryData<string, string> LongTexts => new()
    {
        { "one letter", new string('a', 1 << 20) },
        { "digits", new string('1', 1 << 20) },
        { "spaces", new string(' ', 1 << 20) },
        { "spaces before a letter", new string(' ', 1 << 20) + "a" },
        { "lines", string.Concat(Enumerable.Repeat(" \n", 1 << 19)) },
        { "Chinese", string.Concat(Enumerable.Repeat("模型服务", 1 << 18)) },
        { "half an added token", string.Concat(Enumerable.Repeat("<|im_", 1 << 18)) },
        { "anything", RandomText.Any(new Random(1), 1 << 19) },
    };

    [Theory(Timeout = 60_000), MemberData(nameof(LongTexts))]
    public async Task A_megabyte_of_anything_is_encoded(string name, string text)
    {
        Assert.NotEmpty(name);
        var tokenizer = SmallVocabulary.CreateTokenizer();

        var ids = await Task.Run(() => tokenizer.Encode(text), TestContext.Current.CancellationToken);

        Assert.Equal(Nfc.Normalize(text), tokenizer.Decode(ids));
    }

    private static IEnumerable<string> Texts(Tokenizer tokenizer, string text) =>
        tokenizer.Encode(text).Select(id => Encoding.UTF8.GetString(tokenizer.GetBytes(id)));

    /// <summary>Merges of random earlier tokens over three letters, in random order of rank.</summary>
    private static NaiveEncoder RandomMerges(Random random, out TokenizerVocabulary vocabulary)
    {
        vocabulary = SmallVocabulary.CreateBytes();
        var texts = new List<string> { "a", "b", "c" };
        var merges = new List<(string Left, string Right)>();
        while (texts.Count < 25)
        {
            var merge = (Left: texts[random.Next(texts.Count)], Right: texts[random.Next(texts.Count)]);
            if (merges.Contains(merge))
            {
                continue;
            }

            merges.Add(merge);
            if (!texts.Contains(merge.Left + merge.Right)) // Two pairs may well have the same result.
            {
                vocabulary.AddToken(vocabulary.Size, Encoding.UTF8.GetBytes(merge.Left + merge.Right), TokenKind.Normal);
                texts.Add(merge.Left + merge.Right);
            }
        }

        (string Left, string Right)[] shuffled = [.. merges];
        random.Shuffle(shuffled);
        foreach (var (left, right) in shuffled)
        {
            vocabulary.AddMerge(IdOf(vocabulary, left), IdOf(vocabulary, right), IdOf(vocabulary, left + right));
        }

        return new NaiveEncoder(shuffled, vocabulary);
    }

    private static int IdOf(TokenizerVocabulary vocabulary, string text) => vocabulary.Find(Encoding.UTF8.GetBytes(text))!.Value;

    /// <summary>The definition: of all neighbours take the pair of lowest rank, leftmost first, join it, begin again.</summary>
    private sealed class NaiveEncoder((string Left, string Right)[] merges, TokenizerVocabulary vocabulary)
    {
        public IEnumerable<int> Encode(byte[] piece)
        {
            var parts = piece.Select(value => ((char)value).ToString()).ToList();
            while (LowestPair(parts) is int at)
            {
                parts[at] += parts[at + 1];
                parts.RemoveAt(at + 1);
            }

            return parts.Select(part => IdOf(vocabulary, part));
        }

        private int? LowestPair(List<string> parts)
        {
            foreach (var (left, right) in merges)
            {
                for (var i = 0; i + 1 < parts.Count; i++)
                {
                    if (parts[i] == left && parts[i + 1] == right)
                    {
                        return i;
                    }
                }
            }

            return null;
        }
    }
}

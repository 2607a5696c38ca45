using Slipway.Engine.Tokenizers;
using Slipway.Engine.Tokenizers.Training;

namespace Slipway.Engine.Tests.Tokenizers.Training;

public sealed class BytePairTrainerTests
{
    [Theory]
    [InlineData(PreTokenizer.Qwen2, 1)]
    [InlineData(PreTokenizer.Qwen2, 3)]
    [InlineData(PreTokenizer.Gpt2, 2)]
    [InlineData(PreTokenizer.Llama3, 2)]
    public void The_learned_tokens_are_those_of_the_definition(PreTokenizer preTokenizer, int minimumFrequency)
    {
        var random = new Random(7);
        string[] texts = [.. Enumerable.Range(0, 12).Select(_ => Words(random, 60)), "aaaaaaa aaaa aa aaaaa", "abcabcabc bcbcab"];
        var options = Options(256 + 120) with { PreTokenizer = preTokenizer, MinimumFrequency = minimumFrequency };

        var tokenizer = Train(texts, options);

        var expected = NaiveBytePairTrainer.Learn(texts, preTokenizer, 120, minimumFrequency);
        var learned = Enumerable.Range(256, tokenizer.VocabularySize - 256).Select(id => Convert.ToHexString(tokenizer.GetBytes(id)));
        Assert.Equal(expected, learned);
    }

    [Fact]
    public void Every_text_comes_back_as_it_was()
    {
        var random = new Random(1);
        var tokenizer = Train([.. Enumerable.Range(0, 20).Select(_ => RandomText.Any(random, 200))], new() { VocabularySize = 600 });

        foreach (var text in Enumerable.Range(0, 50).Select(_ => Nfc.Normalize(RandomText.Any(random, 50))))
        {
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        }
    }

    [Fact]
    public void The_order_of_the_texts_does_not_matter()
    {
        var random = new Random(3);
        string[] texts = [.. Enumerable.Range(0, 30).Select(_ => Words(random, 40))];

        var one = Train(texts, Options(500));
        var other = Train([.. texts.Reverse()], Options(500));

        Assert.Equal(TokenizerWriter.WriteTokenizerJson(one), TokenizerWriter.WriteTokenizerJson(other));
    }

    [Fact]
    public void Bytes_come_first_as_in_gpt2_and_special_tokens_last()
    {
        var tokenizer = Train(["the the the then"], new() { VocabularySize = 270 });

        Assert.Equal((0, 32, 93, 94, 188), (Id((byte)'!'), Id((byte)'A'), Id((byte)'~'), Id(0xA1), Id(0x00)));
        Assert.Equal(tokenizer.VocabularySize - 9, tokenizer.FindToken("<|endoftext|>"));
        Assert.Equal(tokenizer.VocabularySize - 1, tokenizer.FindToken("</tool_response>"));
        Assert.Equal(TokenKind.Control, tokenizer.GetKind(tokenizer.FindToken("<|im_start|>")!.Value));
        Assert.Equal(TokenKind.UserDefined, tokenizer.GetKind(tokenizer.FindToken("<think>")!.Value));
        Assert.Equal(tokenizer.FindToken("<|im_end|>"), tokenizer.EndToken);
        Assert.Equal(tokenizer.FindToken("<|endoftext|>"), tokenizer.PadToken);
        Assert.Equal(new[] { tokenizer.EndToken, tokenizer.PadToken }.Order(), tokenizer.EndTokens.Cast<int?>().Order());

        int Id(byte value) => Enumerable.Range(0, 256).Single(id => tokenizer.GetBytes(id).SequenceEqual([value]));
    }

    [Fact]
    public void Nothing_is_learned_from_special_tokens_or_across_them()
    {
        var options = Options(300) with { SpecialTokens = [new("<think>", TokenKind.UserDefined)] };

        var tokenizer = Train(Enumerable.Repeat("x<think>y", 50), options);

        Assert.Equal(257, tokenizer.VocabularySize);
    }

    [Fact]
    public void A_pair_must_be_frequent_enough()
    {
        var tokenizer = Train(["ab ab ab cd cd"], Options(300) with { MinimumFrequency = 3 });

        Assert.NotNull(tokenizer.FindToken("ab"));
        Assert.Null(tokenizer.FindToken("cd"));
    }

    [Fact]
    public void Texts_are_normalised_before_they_are_counted()
    {
        const string Angstrom = "\u212B"; // Becomes U+00C5, the letter.

        var normalised = Train([$"{Angstrom} {Angstrom}"], Options(300));
        var raw = Train([$"{Angstrom} {Angstrom}"], Options(300) with { NormalizesToNfc = false });

        Assert.NotNull(normalised.FindToken("\u00C5"));
        Assert.Null(normalised.FindToken(Angstrom));
        Assert.NotNull(raw.FindToken(Angstrom));
    }

    [Fact]
    public void A_learned_token_is_never_the_text_of_a_special_one()
    {
        // The Kelvin sign becomes a K by normalisation, after special tokens were cut out.
        var options = Options(300) with { SpecialTokens = [new("KK", TokenKind.UserDefined)] };

        var tokenizer = Train(["\u212A\u212A \u212A\u212A"], options);

        Assert.Equal(TokenKind.UserDefined, tokenizer.GetKind(tokenizer.FindToken("KK")!.Value));
        Assert.Equal(257, tokenizer.VocabularySize - Learned(tokenizer, " K"));
    }

    [Fact]
    public void Texts_without_pairs_leave_the_bytes()
    {
        var tokenizer = Train(["", "a", " "], Options(300));

        Assert.Equal(256, tokenizer.VocabularySize);
    }

    [Fact]
    public void Lone_surrogates_count_as_the_replacement_character()
    {
        var tokenizer = Train(["\uD800 \uD800"], Options(300));

        Assert.NotNull(tokenizer.FindToken("\uFFFD"));
    }

    [Fact]
    public void Tokens_have_at_most_128_bytes_however_often_they_repeat()
    {
        var tokenizer = Train([new string('a', 1_000_000)], Options(300));

        Assert.Equal(128, Enumerable.Range(0, tokenizer.VocabularySize).Max(id => tokenizer.GetBytes(id).Length));
    }

    [Fact]
    public void A_cancelled_training_ends()
    {
        using var cancellation = new CancellationTokenSource();

        Assert.Throws<OperationCanceledException>(() => BytePairTrainer.Train(Endless(), Options(300), progress: null, cancellation.Token));

        IEnumerable<string> Endless()
        {
            for (var i = 0; ; i++)
            {
                if (i == 10)
                {
                    cancellation.Cancel();
                }

                yield return "some text";
            }
        }
    }

    [Fact]
    public void Progress_rises_to_one()
    {
        var random = new Random(5);
        var reports = new Reports();

        _ = BytePairTrainer.Train([Words(random, 2000)], Options(600), reports, CancellationToken.None);

        Assert.Equal(reports.Values.Order(), reports.Values);
        Assert.Equal((0, 1), (reports.Values[0], reports.Values[^1]));
        Assert.True(reports.Values.Count > 50);
    }

    public static TheoryData<BytePairTrainingOptions, string> Faults => new()
    {
        { new() { VocabularySize = 264 }, "265 (the bytes" },
        { new() { VocabularySize = 1_000_001 }, "1000000" },
        { new() { MinimumFrequency = 0 }, "MinimumFrequency is 0" },
        { new() { PreTokenizer = (PreTokenizer)9 }, "PreTokenizer is 9" },
        { new() { SpecialTokens = [new("x", TokenKind.Control)] }, "2 characters" },
        { new() { SpecialTokens = [new("ab\uD800", TokenKind.Control)] }, "surrogates" },
        { new() { SpecialTokens = [new("ab", TokenKind.Control), new("ab", TokenKind.Control)] }, "once" },
        { new() { SpecialTokens = [new("ab", TokenKind.Normal)] }, "UserDefined" },
    };

    [Theory]
    [MemberData(nameof(Faults), DisableDiscoveryEnumeration = true)]
    public void An_option_out_of_range_is_named(BytePairTrainingOptions options, string expected)
    {
        var fault = Assert.Throws<ArgumentException>(() => Train([], options));

        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    internal static Tokenizer Train(IEnumerable<string> texts, BytePairTrainingOptions options) =>
        BytePairTrainer.Train(texts, options, progress: null, CancellationToken.None);

    /// <summary>Words of few letters, so that counts tie and pairs overlap.</summary>
    internal static string Words(Random random, int count)
    {
        return string.Join(' ', Enumerable.Range(0, count).Select(_ => Word()));

        string Word() => string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => "aabcé模"[random.Next(6)]));
    }

    private static int Learned(Tokenizer tokenizer, string text) => tokenizer.FindToken(text) is null ? 0 : 1;

    private static BytePairTrainingOptions Options(int size) => new() { VocabularySize = size, SpecialTokens = [] };

    private sealed class Reports : IProgress<double>
    {
        public List<double> Values { get; } = [];

        public void Report(double value) => Values.Add(value);
    }
}

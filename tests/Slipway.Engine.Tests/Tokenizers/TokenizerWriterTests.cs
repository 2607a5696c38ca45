using System.Text.Json.Nodes;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Tests.Formats;
using Slipway.Engine.Tests.Tokenizers.Training;
using Slipway.Engine.Tokenizers;
using Slipway.Engine.Tokenizers.Training;

namespace Slipway.Engine.Tests.Tokenizers;

public sealed class TokenizerWriterTests
{
    private const string Template = "{{ messages[0].content }}\n\"é\" <b>";

    public static TheoryData<PreTokenizer> PreTokenizers => [PreTokenizer.Gpt2, PreTokenizer.Qwen2, PreTokenizer.Llama3];

    [Theory]
    [MemberData(nameof(PreTokenizers))]
    public void A_trained_tokenizer_comes_back_out_of_both_files(PreTokenizer preTokenizer)
    {
        var random = new Random(11);
        var tokenizer = BytePairTrainerTests.Train(
            Enumerable.Range(0, 20).Select(_ => RandomText.Any(random, 300)),
            new() { VocabularySize = 1200, PreTokenizer = preTokenizer, NormalizesToNfc = preTokenizer == PreTokenizer.Qwen2 });

        AssertAlike(tokenizer, ThroughJson(tokenizer));
        AssertAlike(tokenizer, ThroughGguf(tokenizer));
        AssertAlike(tokenizer, ThroughGguf(ThroughJson(ThroughGguf(tokenizer))));
    }

    [Fact]
    public void The_tokenizer_of_Qwen3_comes_back_out_of_both_files()
    {
        var tokenizer = Tokenizer.FromTokenizerJson(ReferenceFiles.Find("qwen3", "tokenizer.json"));

        AssertAlike(tokenizer, ThroughJson(tokenizer));
        AssertAlike(tokenizer, ThroughGguf(tokenizer));
    }

    [Fact]
    public void Rules_holes_and_merging_through_added_text_survive_in_json()
    {
        var vocabulary = SmallVocabulary.CreateBytes();
        vocabulary.AddToken(300, "  "u8, TokenKind.UserDefined, AddedTokenRules.Normalized);
        vocabulary.AddToken(301, "    "u8, TokenKind.Normal);
        vocabulary.AddMerge(32, 32, 300);
        vocabulary.AddMerge(300, 300, 301);
        vocabulary.AddToken(302, "<mask>"u8, TokenKind.Control, AddedTokenRules.StripsLeft | AddedTokenRules.SingleWord);
        vocabulary.AddToken(303, "<s>"u8, TokenKind.Control, AddedTokenRules.StripsRight);
        (vocabulary.BeginToken, vocabulary.AddsBeginToken) = (303, true);
        var tokenizer = Tokenizer.FromVocabulary(vocabulary);

        var again = ThroughJson(tokenizer);

        AssertAlike(tokenizer, again, "a <mask> b", "a <mask>b", "<s> x", "a    b", "a  b");
        Assert.Equal(TokenKind.Unused, again.GetKind(299));
    }

    [Fact]
    public void The_configuration_names_the_roles_and_carries_the_template()
    {
        var tokenizer = BytePairTrainerTests.Train(["text"], new() { VocabularySize = 300 });

        var config = JsonNode.Parse(TokenizerWriter.WriteTokenizerConfig(tokenizer, Template))!;

        Assert.Equal("<|im_end|>", (string?)config["eos_token"]);
        Assert.Equal("<|endoftext|>", (string?)config["pad_token"]);
        Assert.Null(config["bos_token"]);
        Assert.Equal(Template, (string?)config["chat_template"]);
        Assert.Equal("<think>", (string?)config["added_tokens_decoder"]![$"{tokenizer.FindToken("<think>")}"]!["content"]);
    }

    [Fact]
    public void The_template_is_written_into_gguf_files()
    {
        var tokenizer = BytePairTrainerTests.Train(["text"], new() { VocabularySize = 300 });
        using var file = new TemporaryFile();

        using var written = WriteGguf(tokenizer, file.Path);

        Assert.Equal(Template, written.Metadata.GetString("tokenizer.chat_template"));
    }

    [Theory]
    [InlineData(PreTokenizer.Qwen2, false)]
    [InlineData(PreTokenizer.Gpt2, true)]
    public void What_a_gguf_file_cannot_say_is_refused(PreTokenizer preTokenizer, bool normalizes)
    {
        var tokenizer = BytePairTrainerTests.Train(
            ["text"], new BytePairTrainingOptions { PreTokenizer = preTokenizer, NormalizesToNfc = normalizes });

        var fault = Assert.Throws<ModelFormatException>(() => TokenizerWriter.AddToGguf(tokenizer, new GgufWriter(), null));

        Assert.Contains("accepted are", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_merge_that_is_not_the_union_of_its_parts_is_refused()
    {
        var vocabulary = SmallVocabulary.CreateBytes();
        vocabulary.AddToken(256, "xyz"u8, TokenKind.Normal);
        vocabulary.AddMerge('a', 'b', 256);

        var fault = Assert.Throws<ModelFormatException>(() => TokenizerWriter.WriteTokenizerJson(Tokenizer.FromVocabulary(vocabulary)));

        Assert.Contains("union", fault.Message, StringComparison.Ordinal);
    }

    private static Tokenizer ThroughJson(Tokenizer tokenizer) => Tokenizer.FromTokenizerJson(
        TokenizerWriter.WriteTokenizerJson(tokenizer), TokenizerWriter.WriteTokenizerConfig(tokenizer, Template));

    private static Tokenizer ThroughGguf(Tokenizer tokenizer)
    {
        using var file = new TemporaryFile();
        using var written = WriteGguf(tokenizer, file.Path);
        return Tokenizer.FromGguf(written.Metadata);
    }

    private static GgufFile WriteGguf(Tokenizer tokenizer, string path)
    {
        var writer = new GgufWriter();
        TokenizerWriter.AddToGguf(tokenizer, writer, Template);
        writer.Write(path);
        return GgufFile.Open(path);
    }

    private static void AssertAlike(Tokenizer expected, Tokenizer actual, params string[] texts)
    {
        var random = new Random(29);
        string[] more = ["<|im_start|>user\nHi<|im_end|>\n<think>\n\n</think>", " 3.14 it's", "    \n\n  x"];
        foreach (var text in texts.Concat(more).Concat(Enumerable.Range(0, 200).Select(_ => RandomText.Any(random, 40))))
        {
            Assert.Equal(expected.Encode(text), actual.Encode(text));
            Assert.Equal(expected.Encode(text, parseSpecial: false), actual.Encode(text, parseSpecial: false));
            Assert.Equal(expected.Decode(expected.Encode(text)), actual.Decode(expected.Encode(text)));
        }

        Assert.Equal(expected.VocabularySize, actual.VocabularySize);
        Assert.Equal(
            (expected.BeginToken, expected.AddsBeginToken, expected.EndToken, expected.PadToken),
            (actual.BeginToken, actual.AddsBeginToken, actual.EndToken, actual.PadToken));
        Assert.Equal(expected.EndTokens.Order(), actual.EndTokens.Order());
    }
}

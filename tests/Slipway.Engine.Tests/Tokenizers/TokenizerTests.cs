using Slipway.Engine.Formats;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Tests.Tokenizers;

public sealed class TokenizerTests
{
    [Theory]
    [InlineData(PreTokenizer.Gpt2)]
    [InlineData(PreTokenizer.Qwen2)]
    [InlineData(PreTokenizer.Llama3)]
    public void Any_text_comes_back_as_its_normal_form(PreTokenizer preTokenizer)
    {
        var tokenizer = SmallVocabulary.CreateTokenizer(preTokenizer);
        var random = new Random(11);

        for (var round = 0; round < 3000; round++)
        {
            var text = RandomText.Any(random, random.Next(40));
            var expected = preTokenizer == PreTokenizer.Qwen2 ? Nfc.Normalize(text) : text;

            Assert.Equal(expected, tokenizer.Decode(tokenizer.Encode(text)));
        }
    }

    [Fact]
    public void Lone_surrogates_become_replacement_characters()
    {
        var tokenizer = SmallVocabulary.CreateTokenizer(PreTokenizer.Llama3);

        Assert.Equal("a\uFFFDb\uFFFD\uFFFD", tokenizer.Decode(tokenizer.Encode("a\uD800b\uDC00\uD83D")));
    }

    [Fact]
    public void Nothing_encodes_to_nothing()
    {
        var tokenizer = SmallVocabulary.CreateTokenizer();

        Assert.Empty(tokenizer.Encode(""));
        Assert.Empty(tokenizer.Decode([]));
    }

    [Fact]
    public void Encoding_appends()
    {
        var output = new List<int> { 7 };

        SmallVocabulary.CreateTokenizer().Encode("ab".AsSpan(), output);

        Assert.Equal([7, 'a', 'b'], output);
    }

    [Fact]
    public void Short_words_allocate_nothing_but_the_output()
    {
        var tokenizer = SmallVocabulary.CreateTokenizer();
        var text = string.Concat(Enumerable.Repeat(" the hello world, 12 in 'll 模型 é", 100));
        var output = new List<int>(text.Length * 3);
        tokenizer.Encode(text, output); // The tables of first use.
        output.Clear();
        var before = GC.GetAllocatedBytesForCurrentThread();

        tokenizer.Encode(text, output);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Tokens_are_known_by_text_kind_and_bytes()
    {
        var tokenizer = SmallVocabulary.CreateTokenizer();

        Assert.Equal(SmallVocabulary.Think, tokenizer.FindToken("<think>"));
        Assert.Equal(SmallVocabulary.FirstMergedToken, tokenizer.FindToken(" t"));
        Assert.Null(tokenizer.FindToken("no such token"));
        Assert.Equal("</think>"u8, tokenizer.GetBytes(SmallVocabulary.EndThink));
        Assert.Equal(TokenKind.Control, tokenizer.GetKind(SmallVocabulary.EndOfText));
        Assert.Equal(SmallVocabulary.Size, tokenizer.VocabularySize);
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.GetKind(SmallVocabulary.Size));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([-1]));
    }

    [Fact]
    public void Control_tokens_that_end_a_turn_by_name_are_end_tokens()
    {
        var tokenizer = SmallVocabulary.CreateTokenizer();

        Assert.Equal([SmallVocabulary.ImEnd, SmallVocabulary.EndOfText], tokenizer.EndTokens.Order());
    }

    [Fact]
    public void Ids_left_out_are_unused_and_empty()
    {
        var vocabulary = SmallVocabulary.CreateBytes();
        vocabulary.AddToken(300, "x y"u8, TokenKind.Normal);
        var tokenizer = Tokenizer.FromVocabulary(vocabulary);

        Assert.Equal(301, tokenizer.VocabularySize);
        Assert.Equal(TokenKind.Unused, tokenizer.GetKind(299));
        Assert.Empty(tokenizer.Decode([299]));
    }

    [Fact]
    public void A_vocabulary_that_contradicts_itself_is_refused()
    {
        var vocabulary = SmallVocabulary.Create();

        Assert.Throws<ModelFormatException>(() => vocabulary.AddToken(vocabulary.Size, "hello"u8, TokenKind.Normal));
        Assert.Throws<ModelFormatException>(() => vocabulary.AddToken(0, "new"u8, TokenKind.Normal));
        Assert.Throws<ModelFormatException>(() => vocabulary.AddToken(-1, "new"u8, TokenKind.Normal));
        Assert.Throws<ModelFormatException>(() => vocabulary.AddToken(int.MaxValue, "new"u8, TokenKind.Normal));
        Assert.Throws<ModelFormatException>(() => vocabulary.AddMerge(0, 1, vocabulary.Size));
        Assert.Equal(SmallVocabulary.Size, Tokenizer.FromVocabulary(vocabulary).VocabularySize);
    }

    [Fact]
    public void A_vocabulary_is_checked_as_a_whole_and_then_closed()
    {
        var outOfRange = SmallVocabulary.Create();
        outOfRange.BeginToken = SmallVocabulary.Size;
        var used = SmallVocabulary.Create();
        _ = Tokenizer.FromVocabulary(used);

        Assert.Throws<ModelFormatException>(() => Tokenizer.FromVocabulary(new() { PreTokenizer = PreTokenizer.Qwen2 }));
        Assert.Throws<ModelFormatException>(() => Tokenizer.FromVocabulary(outOfRange));
        Assert.Throws<InvalidOperationException>(() => used.AddToken(9999, "x"u8, TokenKind.Unused));
    }
}

using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Tests.Tokenizers;

public sealed class AddedTokenTests
{
    [Fact]
    public void Added_tokens_are_found_between_text()
    {
        var tokenizer = SmallVocabulary.CreateTokenizer();

        Assert.Equal(
            [SmallVocabulary.ImStart, 'a', SmallVocabulary.ImEnd, '\n', SmallVocabulary.Think, SmallVocabulary.EndThink],
            tokenizer.Encode("<|im_start|>a<|im_end|>\n<think></think>"));
    }

    [Fact]
    public void Without_special_parsing_control_tokens_are_text_and_user_defined_ones_are_not()
    {
        var tokenizer = SmallVocabulary.CreateTokenizer();

        var ids = tokenizer.Encode("<|im_end|><think>", parseSpecial: false);

        Assert.DoesNotContain(SmallVocabulary.ImEnd, ids);
        Assert.Equal(SmallVocabulary.Think, ids[^1]);
        Assert.Equal("<|im_end|><think>", tokenizer.Decode(ids));
    }

    [Fact]
    public void Of_tokens_that_begin_at_one_place_the_longest_is_taken()
    {
        var tokenizer = WithAdded(("<a", default), ("<ab>", default), ("<abc>x", default), ("<", default), ("b", default));

        Assert.Equal([257], tokenizer.Encode("<ab>"));
        Assert.Equal([256, 260, 'c', '>'], tokenizer.Encode("<abc>"));
        Assert.Equal([258], tokenizer.Encode("<abc>x"));
        Assert.Equal([259, 259, 256], tokenizer.Encode("<<<a"));
    }

    [Fact]
    public void The_longest_is_chosen_among_those_that_count()
    {
        var vocabulary = SmallVocabulary.CreateBytes();
        vocabulary.AddToken(256, "<x>"u8, TokenKind.UserDefined);
        vocabulary.AddToken(257, "<x>y"u8, TokenKind.Control);
        var tokenizer = Tokenizer.FromVocabulary(vocabulary);

        Assert.Equal([257], tokenizer.Encode("<x>y"));
        Assert.Equal([256, 'y'], tokenizer.Encode("<x>y", parseSpecial: false));
    }

    [Fact]
    public void White_space_around_a_stripping_token_goes_with_it()
    {
        var tokenizer = WithAdded(("<l>", AddedTokenRules.StripsLeft), ("<r>", AddedTokenRules.StripsRight));

        Assert.Equal(['a', 256, ' ', 'b'], tokenizer.Encode("a \n <l> b"));
        Assert.Equal(['a', ' ', 257, 'b'], tokenizer.Encode("a <r> \n b"));
        Assert.Equal([257, 256], tokenizer.Encode("<r> <l>"));
    }

    [Fact]
    public void A_single_word_token_is_found_only_alone()
    {
        var tokenizer = WithAdded(("ab", AddedTokenRules.SingleWord));

        Assert.Equal([256], tokenizer.Encode("ab"));
        Assert.Equal(['-', 256, '.'], tokenizer.Encode("-ab."));
        Assert.Equal(['x', 'a', 'b'], tokenizer.Encode("xab"));
        Assert.Equal(['a', 'b', '1'], tokenizer.Encode("ab1"));
    }

    [Fact]
    public void A_normalised_token_is_found_in_normalised_text_only_it_itself_may_be_written_otherwise()
    {
        var tokenizer = WithAdded(("caf\u00E9", AddedTokenRules.Normalized), ("th\u00E9", default));

        Assert.Equal([256], tokenizer.Encode("cafe\u0301"));
        Assert.Equal([256, 257], tokenizer.Encode("caf\u00E9th\u00E9"));
        Assert.DoesNotContain(257, tokenizer.Encode("the\u0301"));
    }

    private static Tokenizer WithAdded(params (string Text, AddedTokenRules Rules)[] tokens)
    {
        var vocabulary = SmallVocabulary.CreateBytes();
        foreach (var (text, rules) in tokens)
        {
            vocabulary.AddToken(vocabulary.Size, System.Text.Encoding.UTF8.GetBytes(text), TokenKind.UserDefined, rules);
        }

        return Tokenizer.FromVocabulary(vocabulary);
    }
}

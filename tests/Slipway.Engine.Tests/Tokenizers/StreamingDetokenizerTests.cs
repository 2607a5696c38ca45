using System.Text;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Tests.Tokenizers;

public sealed class StreamingDetokenizerTests
{
    private static readonly Tokenizer Small = SmallVocabulary.CreateTokenizer();

    [Fact]
    public void A_character_comes_when_its_last_byte_has_come()
    {
        var detokenizer = new StreamingDetokenizer(Small);

        string[] pieces = [.. Encoding.UTF8.GetBytes("a模🚀").Select(value => detokenizer.Append(value))];

        Assert.Equal(["a", "", "", "模", "", "", "", "🚀"], pieces);
        Assert.Empty(detokenizer.Flush());
    }

    [Fact]
    public void Any_bytes_come_out_as_if_decoded_in_one_go()
    {
        var random = new Random(3);
        for (var round = 0; round < 3000; round++)
        {
            var bytes = RandomBytes(random);
            var detokenizer = new StreamingDetokenizer(Small);

            var text = string.Concat(bytes.Select(value => detokenizer.Append(value)).ToArray()) + detokenizer.Flush();

            Assert.Equal(Encoding.UTF8.GetString(bytes), text);
            Assert.Equal(Small.Decode([.. bytes.Select(value => (int)value)]), text);
        }
    }

    [Fact]
    public void Text_cut_into_tokens_at_any_byte_comes_out_whole()
    {
        var bytes = Encoding.UTF8.GetBytes("né模🚀e\u0301!");
        for (var cut = 1; cut < bytes.Length; cut++)
        {
            var vocabulary = SmallVocabulary.CreateBytes();
            vocabulary.AddToken(256, [.. bytes[..cut], 0], TokenKind.UserDefined); // The zeroes keep them apart from the bytes.
            vocabulary.AddToken(257, [0, .. bytes[cut..]], TokenKind.UserDefined);
            var detokenizer = new StreamingDetokenizer(Tokenizer.FromVocabulary(vocabulary));

            var text = detokenizer.Append(256) + detokenizer.Append(257) + detokenizer.Flush();

            Assert.Equal(Encoding.UTF8.GetString([.. bytes[..cut], 0, 0, .. bytes[cut..]]), text);
        }
    }

    [Fact]
    public void An_unfinished_character_is_flushed_as_a_replacement_and_the_next_text_begins_clean()
    {
        var detokenizer = new StreamingDetokenizer(Small);

        Assert.Empty(detokenizer.Append(0xE6) + detokenizer.Append(0xA8));
        Assert.Equal("\uFFFD", detokenizer.Flush());
        Assert.Equal("a", detokenizer.Append('a'));
    }

    [Fact]
    public void Control_tokens_are_silent_and_user_defined_ones_speak()
    {
        int[] ids = [SmallVocabulary.ImStart, SmallVocabulary.Think, 'a', SmallVocabulary.EndThink, SmallVocabulary.ImEnd];
        var skipping = new StreamingDetokenizer(Small);
        var showing = new StreamingDetokenizer(Small, skipSpecial: false);

        Assert.Equal("<think>a</think>", string.Concat(ids.Select(skipping.Append)));
        Assert.Equal("<|im_start|><think>a</think><|im_end|>", string.Concat(ids.Select(showing.Append)));
        Assert.Equal("<think>a</think>", Small.Decode(ids, skipSpecial: true));
    }

    [Fact]
    public void A_token_outside_the_vocabulary_is_refused()
    {
        var detokenizer = new StreamingDetokenizer(Small);

        Assert.Throws<ArgumentOutOfRangeException>(() => detokenizer.Append(SmallVocabulary.Size));
        Assert.Throws<ArgumentOutOfRangeException>(() => detokenizer.Append(-1));
    }

    /// <summary>Valid characters, their beginnings, stray continuations and bytes that UTF-8 never has.</summary>
    private static byte[] RandomBytes(Random random)
    {
        var bytes = new List<byte>();
        for (var i = random.Next(1, 12); i > 0; i--)
        {
            var character = Encoding.UTF8.GetBytes(RandomText.Any(random, 1));
            bytes.AddRange(random.Next(3) switch
            {
                0 => character,
                1 => character[..random.Next(character.Length + 1)],
                _ => [(byte)random.Next(128, 256)],
            });
        }

        return [.. bytes];
    }
}

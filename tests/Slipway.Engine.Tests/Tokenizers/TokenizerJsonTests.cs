using System.Text;
using Slipway.Engine.Formats;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Tests.Tokenizers;

public sealed class TokenizerJsonTests
{
    private const string Vocabulary = """{"a":0,"b":1,"Ġ":2,"ab":3,"Ġab":4,"<eot>":5}""";
    private const string Merges = """["a b",["Ġ","ab"]]""";
    private const string ByteLevel = """{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}""";
    private const string SplitBegin = """{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":""";
    private const string SplitEnd = """{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]}""";
    private const string Added = """[{"id":5,"content":"<eot>","special":true},{"id":6,"content":"<think>","special":false}]""";

    [Fact]
    public void A_file_is_read()
    {
        var tokenizer = Load(Json());

        Assert.Equal([4, 3, 6, 5], tokenizer.Encode(" abab<think><eot>"));
        Assert.Equal(TokenKind.Control, tokenizer.GetKind(5));
        Assert.Equal(TokenKind.UserDefined, tokenizer.GetKind(6));
        Assert.Equal(" ab"u8, tokenizer.GetBytes(4));
    }

    [Fact]
    public void Merges_may_stand_before_the_vocabulary()
    {
        var tokenizer = Load(
            $$"""{"pre_tokenizer":{{ByteLevel}},"model":{"merges":{{Merges}},"vocab":{{Vocabulary}},"type":"BPE" } }""");

        Assert.Equal([4], tokenizer.Encode(" ab"));
    }

    [Fact]
    public void The_config_names_end_and_padding()
    {
        var config = """{"eos_token":{"content":"<eot>"},"pad_token":"<think>","bos_token":"b","add_bos_token":true}""";

        var tokenizer = Tokenizer.FromTokenizerJson(Encoding.UTF8.GetBytes(Json()), Encoding.UTF8.GetBytes(config));

        Assert.Equal([5], tokenizer.EndTokens);
        Assert.Equal(6, tokenizer.PadToken);
        Assert.Equal(1, tokenizer.BeginToken);
        Assert.True(tokenizer.AddsBeginToken);
    }

    [Fact]
    public void A_template_with_a_token_in_front_names_the_begin_token()
    {
        var processor = """{"type":"Sequence","processors":[{"type":"ByteLevel"},{"type":"TemplateProcessing",""" +
            """ "single":[{"SpecialToken":{"id":"<eot>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}]}]}""";

        var tokenizer = Load(Json(more: $$""","post_processor":{{processor}}"""));

        Assert.Equal(5, tokenizer.BeginToken);
        Assert.True(tokenizer.AddsBeginToken);
    }

    [Fact]
    public void A_file_and_the_config_beside_it_are_read()
    {
        var folder = Directory.CreateTempSubdirectory("slipway-tokenizer-");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "tokenizer.json"), Json());
            File.WriteAllText(Path.Combine(folder.FullName, "tokenizer_config.json"), """{"eos_token":"<eot>"}""");

            var tokenizer = Tokenizer.FromTokenizerJson(Path.Combine(folder.FullName, "tokenizer.json"));

            Assert.Equal([5], tokenizer.EndTokens);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("""{"type":"Whitespace"}""", "Whitespace")]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":true}""", "add_prefix_space")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"Digits"},{"type":"ByteLevel"}]}""", "Digits")]
    [InlineData(SplitBegin + """{"Regex":"x+"},"behavior":"Isolated"},""" + SplitEnd, "x+")]
    [InlineData(SplitBegin + """{"String":" "},"behavior":"MergedWithNext"},""" + SplitEnd, "MergedWithNext")]
    [InlineData("null", "none")]
    public void An_unknown_pre_tokenizer_is_refused_by_name(string preTokenizer, string named)
    {
        var exception = Assert.Throws<ModelFormatException>(() => Load(Json(preTokenizer: preTokenizer)));

        Assert.Contains(named, exception.Message, StringComparison.Ordinal);
        Assert.Contains("accepted is", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(""","normalizer":{"type":"Lowercase"}""", "Lowercase")]
    [InlineData(""","decoder":{"type":"WordPiece"}""", "WordPiece")]
    [InlineData(""","added_tokens":[{"id":1,"content":"<eot>"}]""", "<eot>")]
    [InlineData(""","added_tokens":[{"id":1,"content":"c"}]""", "Token id 1")]
    [InlineData(""","added_tokens":[{"content":"c"}]""", "id")]
    [InlineData(""","added_tokens":7""", "Number")]
    public void What_is_not_supported_or_wrong_is_refused_by_name(string part, string named)
    {
        var exception = Assert.Throws<ModelFormatException>(() => Load(Json(added: "[]", more: part)));

        Assert.Contains(named, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":"Unigram","vocab":[]}""")]
    [InlineData("""{"type":"WordPiece","vocab":{"a":0}}""")]
    [InlineData("""{"type":"BPE","vocab":{"a":0},"merges":[],"byte_fallback":true}""")]
    [InlineData("""{"type":"BPE","vocab":{"a":0},"merges":[],"end_of_word_suffix":"</w>"}""")]
    [InlineData("""{"type":"BPE","vocab":{},"merges":[]}""")]
    [InlineData("""{"type":"BPE","vocab":{"a":0,"a":1},"merges":[]}""")]
    [InlineData("""{"type":"BPE","vocab":{"a":0,"b":0},"merges":[]}""")]
    [InlineData("""{"type":"BPE","vocab":{"a":-1},"merges":[]}""")]
    [InlineData("""{"type":"BPE","vocab":{"a":2000000000},"merges":[]}""")]
    [InlineData("""{"type":"BPE","vocab":{"a":1.5},"merges":[]}""")]
    [InlineData("""{"type":"BPE","vocab":{"\ud800":1},"merges":[]}""")]
    [InlineData("""{"type":"BPE","vocab":{"a":0,"b":1},"merges":["a b"]}""")]
    [InlineData("""{"type":"BPE","vocab":{"a":0,"aa":1},"merges":["aa"]}""")]
    [InlineData("""{"type":"BPE","vocab":{"a":0,"aa":1},"merges":[["a","a","a"]]}""")]
    [InlineData("""{"type":"BPE","vocab":{"a":0,"aa":1},"merges":[["a"]]}""")]
    [InlineData("""{"type":"BPE","vocab":{"a":0,"aa":1},"merges":[17]}""")]
    [InlineData("[]")]
    [InlineData("null")]
    public void A_model_that_is_not_byte_level_bpe_or_is_broken_is_refused(string model)
    {
        Assert.Throws<ModelFormatException>(() => Load($$"""{"pre_tokenizer":{{ByteLevel}},"model":{{model}} }"""));
    }

    [Fact]
    public void A_mutated_file_is_read_or_refused_but_never_crashes()
    {
        const string More = ""","normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"}]},"decoder":null""";
        var original = Encoding.UTF8.GetBytes(Json(more: More));
        var random = new Random(9);
        var refused = 0;

        for (var round = 0; round < 5000; round++)
        {
            try
            {
                _ = Tokenizer.FromTokenizerJson(Mutate(original, random)).Encode("ab <think> ab<eot>");
            }
            catch (ModelFormatException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1000, 4999);
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        var bytes = original.ToList();
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(4))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes.RemoveRange(at, Math.Min(random.Next(8), bytes.Count - at)); break;
                case 2: bytes.Insert(at, (byte)"{}[],:\"0"[random.Next(8)]); break;
                default: bytes[at] = bytes[random.Next(bytes.Count)]; break;
            }
        }

        return [.. bytes];
    }

    private static string Json(string preTokenizer = ByteLevel, string added = Added, string more = "") =>
        $$"""{"version":"1.0","added_tokens":{{added}},"pre_tokenizer":{{preTokenizer}},""" +
        $$""" "model":{"type":"BPE","vocab":{{Vocabulary}},"merges":{{Merges}} }{{more}} }""";

    private static Tokenizer Load(string json) => Tokenizer.FromTokenizerJson(Encoding.UTF8.GetBytes(json));
}

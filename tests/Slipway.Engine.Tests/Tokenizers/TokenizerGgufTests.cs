using System.Text.Json;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Tests.Tokenizers;

public sealed class TokenizerGgufTests
{
    private static readonly string[] Tokens = ["a", "b", "Ġ", "ab", "Ġab", "<|im_end|>", "<think>", "[PAD]", "<0x0A>"];
    private static readonly int[] Kinds = [1, 1, 1, 1, 1, 3, 4, 5, 6];
    private static readonly string[] Merges = ["a b", "Ġ ab"];

    [Fact]
    public void Tokens_kinds_merges_and_roles_are_read()
    {
        var tokenizer = Load(Write(writer =>
        {
            writer.Add("tokenizer.ggml.eos_token_id", 3u);
            writer.Add("tokenizer.ggml.bos_token_id", 4u);
            writer.Add("tokenizer.ggml.padding_token_id", 7u);
            writer.Add("tokenizer.ggml.add_bos_token", true);
        }));

        Assert.Equal([4, 3, 6, 5], tokenizer.Encode(" abab<think><|im_end|>"));
        Assert.Equal("\n"u8, tokenizer.GetBytes(8));
        Assert.Equal(TokenKind.Unused, tokenizer.GetKind(7));
        Assert.Equal([3, 5], tokenizer.EndTokens.Order());
        Assert.Equal(4, tokenizer.BeginToken);
        Assert.True(tokenizer.AddsBeginToken);
        Assert.Equal(7, tokenizer.PadToken);
    }

    [Fact]
    public void Roles_of_tokens_that_are_not_there_are_nobodys()
    {
        var tokenizer = Load(Write(writer =>
        {
            writer.Add("tokenizer.ggml.bos_token_id", uint.MaxValue);
            writer.Add("tokenizer.ggml.padding_token_id", (uint)Tokens.Length);
            writer.Add("tokenizer.ggml.eos_token_id", -1);
            writer.Add("tokenizer.ggml.add_bos_token", true);
        }));

        Assert.Null(tokenizer.BeginToken);
        Assert.Null(tokenizer.PadToken);
        Assert.False(tokenizer.AddsBeginToken);
        Assert.Equal([5], tokenizer.EndTokens);
    }

    [Fact]
    public void A_turn_s_end_is_a_control_token_whatever_the_file_calls_it()
    {
        var tokenizer = Load(Write(kinds: [1, 1, 1, 1, 1, 1, 4, 5, 6]));

        Assert.Equal(TokenKind.Control, tokenizer.GetKind(5));
        Assert.Equal([5], tokenizer.EndTokens);
    }

    [Theory]
    [InlineData("llama", "qwen2", "llama")]
    [InlineData("gpt2", "tekken", "tekken")]
    public void An_unknown_kind_of_tokenizer_is_refused_by_name(string model, string preTokenizer, string named)
    {
        var exception = Assert.Throws<ModelFormatException>(() => Load(Write(model: model, preTokenizer: preTokenizer)));

        Assert.Contains($"'{named}'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("supported", exception.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string[], int[], string[]> Broken => new()
    {
        { [], [], [] },
        { ["a", "a"], [1, 1], [] },
        { ["a", "b"], [1], [] },
        { ["a", "b"], [1, 7], [] },
        { ["a", "b"], [1, 6], [] },
        { ["a", "b"], [1, 1], ["a b"] },
        { ["a", "b"], [1, 1], ["ab"] },
    };

    [Theory, MemberData(nameof(Broken))]
    public void A_vocabulary_that_contradicts_itself_is_refused(string[] tokens, int[] kinds, string[] merges)
    {
        Assert.Throws<ModelFormatException>(() => Load(Write(tokens: tokens, kinds: kinds, merges: merges)));
    }

    [Fact]
    public void The_real_vocabulary_makes_the_same_tokens_out_of_a_gguf_file()
    {
        var json = JsonDocument.Parse(File.ReadAllBytes(ReferenceFiles.Find("qwen3", "tokenizer.json"))).RootElement;
        var tokens = new SortedDictionary<int, (string Text, int Kind)>();
        foreach (var token in json.GetProperty("model").GetProperty("vocab").EnumerateObject())
        {
            tokens.Add(token.Value.GetInt32(), (token.Name, 1));
        }

        foreach (var token in json.GetProperty("added_tokens").EnumerateArray())
        {
            tokens.Add(token.GetProperty("id").GetInt32(),
                (token.GetProperty("content").GetString()!, token.GetProperty("special").GetBoolean() ? 3 : 4));
        }

        string[] merges = [.. json.GetProperty("model").GetProperty("merges").EnumerateArray().Select(pair => $"{pair[0]} {pair[1]}")];
        var path = Write(
            tokens: [.. tokens.Values.Select(token => token.Text)], kinds: [.. tokens.Values.Select(token => token.Kind)], merges: merges);

        var tokenizer = Load(path);

        string[] files =
            [ReferenceFiles.Find("qwen3", "encode_cases.jsonl"), ReferenceFiles.InTests("Tokenizers", "qwen3_hard_cases.jsonl")];
        foreach (var (text, expected) in files.SelectMany(QwenTokenizerTests.Cases))
        {
            Assert.Equal(expected, tokenizer.Encode(text));
        }
    }

    private static string Write(
        Action<GgufWriter>? more = null, string model = "gpt2", string preTokenizer = "qwen2",
        string[]? tokens = null, int[]? kinds = null, string[]? merges = null)
    {
        var writer = new GgufWriter();
        writer.Add("tokenizer.ggml.model", model);
        writer.Add("tokenizer.ggml.pre", preTokenizer);
        writer.Add("tokenizer.ggml.tokens", tokens ?? Tokens);
        writer.Add("tokenizer.ggml.token_type", kinds ?? Kinds);
        writer.Add("tokenizer.ggml.merges", merges ?? Merges);
        more?.Invoke(writer);
        var path = Path.GetTempFileName();
        writer.Write(path);
        return path;
    }

    private static Tokenizer Load(string path)
    {
        try
        {
            using var file = GgufFile.Open(path);
            return Tokenizer.FromGguf(file.Metadata);
        }
        finally
        {
            File.Delete(path);
        }
    }
}

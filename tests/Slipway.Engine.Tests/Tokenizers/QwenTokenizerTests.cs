using System.Text.Json;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Tests.Tokenizers;

/// <summary>The real Qwen3 vocabulary against ids that its own tokenizer library made.</summary>
public sealed class QwenTokenizerTests
{
    [Fact]
    public void Every_reference_case_is_encoded_exactly()
    {
        var tokenizer = Tokenizer.FromTokenizerJson(ReferenceFiles.Find("qwen3", "tokenizer.json"));

        foreach (var (text, expected) in Cases())
        {
            Assert.Equal(expected, tokenizer.Encode(text));
        }
    }

    [Fact]
    public void The_special_tokens_are_known()
    {
        var tokenizer = Tokenizer.FromTokenizerJson(ReferenceFiles.Find("qwen3", "tokenizer.json"));

        Assert.Equal(151669, tokenizer.VocabularySize);
        Assert.Equal([151643, 151645], tokenizer.EndTokens.Order());
        Assert.Equal(151643, tokenizer.PadToken);
        Assert.Null(tokenizer.BeginToken);
        Assert.False(tokenizer.AddsBeginToken);
        Assert.Equal(151667, tokenizer.FindToken("<think>"));
        Assert.Equal(TokenKind.UserDefined, tokenizer.GetKind(151667));
        Assert.Equal(TokenKind.Control, tokenizer.GetKind(151644));
    }

    internal static IReadOnlyList<(string Text, int[] Ids)> Cases() =>
        [.. File.ReadLines(ReferenceFiles.Find("qwen3", "encode_cases.jsonl")).Select(line =>
        {
            var json = JsonDocument.Parse(line).RootElement;
            int[] ids = [.. json.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            return (json.GetProperty("text").GetString()!, ids);
        })];
}

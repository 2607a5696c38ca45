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

        foreach (var (text, expected) in Cases(ReferenceFiles.Find("qwen3", "encode_cases.jsonl")))
        {
            Assert.Equal(expected, tokenizer.Encode(text));
        }
    }

    [Fact]
    public void Hard_texts_are_encoded_as_the_reference_library_does()
    {
        // Made by the Rust library "tokenizers" 0.22.2: scripts, marks in odd orders, contractions, spaces, added tokens.
        var tokenizer = Tokenizer.FromTokenizerJson(ReferenceFiles.Find("qwen3", "tokenizer.json"));

        foreach (var (text, expected) in Cases(ReferenceFiles.InTests("Tokenizers", "qwen3_hard_cases.jsonl")))
        {
            Assert.Equal(expected, tokenizer.Encode(text));
            // Not simply equal: a mark after an added token joins its last character when all is normalised at once.
            Assert.Equal(Nfc.Normalize(text), Nfc.Normalize(tokenizer.Decode(expected)));
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

    internal static IEnumerable<(string Text, int[] Ids)> Cases(string path) => File.ReadLines(path).Select(line =>
    {
        var json = JsonDocument.Parse(line).RootElement;
        int[] ids = [.. json.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
        return (json.GetProperty("text").GetString()!, ids);
    });
}

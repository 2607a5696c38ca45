using System.Diagnostics;
using System.Text.Json.Nodes;
using Slipway.Engine.Constraints;
using Slipway.Engine.Constraints.Masks;
using Slipway.Engine.Sampling;
using Slipway.Engine.Tests.Tokenizers;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Tests.Constraints;

/// <summary>What masks cost over a vocabulary of 151,669 tokens, counted in nodes of its tree.</summary>
public sealed class MaskCostTests(ITestOutputHelper output)
{
    private const string Schema =
        """{"type":"object","properties":{"title":{"type":"string"},"标签":{"type":"array","items":{"type":"string","maxLength":12}},"rating":{"type":"number","minimum":0,"maximum":5},"reviewed":{"type":"boolean"},"author":{"type":"object","properties":{"name":{"type":"string"},"email":{"type":"string","format":"email"}},"required":["name"]},"code":{"type":"string","pattern":"^[A-Z]{3}-\\d+$"}},"required":["title","标签","rating","reviewed","author"]}""";

    private const string Text =
        "{\"title\": \"On the \\\"weight\\\" of words — 论词语的重量\", \"标签\": [\"语言\", \"essay\"], \"rating\": 4.5, \"reviewed\": true, \"author\": {\n  \"name\": \"Ada 李\",\n  \"email\": \"ada@example.com\"\n}, \"code\": \"ABC-123\"}";

    [Fact]
    public void A_token_costs_little_and_a_second_request_nothing_but_that()
    {
        var tokenizer = Tokenizer.FromTokenizerJson(ReferenceFiles.Find("qwen3", "tokenizer.json"));
        var cache = new GrammarCache(tokenizer, 151_936);
        var mask = new ulong[(151_936 + 63) / 64];
        var tokens = tokenizer.Encode(Text);
        Write(cache, tokens, mask);
        var visited = cache.Shared.Visited;

        var (walked, most, time) = Write(cache, tokens, mask);

        var clock = Stopwatch.StartNew();
        _ = OutputGrammar.FromJsonSchema(JsonNode.Parse(Schema)!, new OutputGrammarOptions { MaxDepth = 31 });
        output.WriteLine($"{clock.Elapsed.TotalMilliseconds:F1} ms to compile; {tokens.Length} tokens, {walked} nodes walked, at most {most} for one; {time.TotalMicroseconds / tokens.Length:F0} µs a token; {visited} nodes visited once");
        Assert.Equal(visited, cache.Shared.Visited);
        Assert.InRange(walked / tokens.Length, 0, 500);
        Assert.InRange(most, 0, 5_000);
    }

    [Fact]
    public void A_mask_holds_exactly_the_tokens_that_can_be_read()
    {
        var tokenizer = Tokenizer.FromTokenizerJson(ReferenceFiles.Find("qwen3", "tokenizer.json"));
        var cache = new GrammarCache(tokenizer, 151_936);
        var mask = new ulong[(151_936 + 63) / 64];
        var tokens = tokenizer.Encode(Text);
        var grammar = OutputGrammar.FromJsonSchema(JsonNode.Parse(Schema)!);

        foreach (var length in (int[])[0, 3, 8, 14, 20, tokens.Length / 2, tokens.Length - 6, tokens.Length - 1])
        {
            var constraint = Follow(cache, grammar, tokens, length);
            constraint.Fill(mask);
            for (var id = length % 31; id < tokenizer.VocabularySize; id += 31)
            {
                var isText = tokenizer.GetKind(id) == TokenKind.Normal;
                var reads = isText && !Read(cache, grammar, tokens, length, tokenizer.GetBytes(id).ToArray()).IsBroken;
                Assert.True(reads == TokenMask.Contains(mask, id), $"after {length} tokens: {id} '{tokenizer.Decode([id])}'");
            }
        }
    }

    [Fact]
    public void Added_tokens_may_spell_words_and_free_text_but_no_json_and_control_tokens_nothing()
    {
        var tokenizer = Tokenizer.FromTokenizerJson(ReferenceFiles.Find("qwen3", "tokenizer.json"));
        var cache = new GrammarCache(tokenizer, 151_936);
        var call = tokenizer.FindToken("<tool_call>")!.Value;
        var end = tokenizer.FindToken("<|im_end|>")!.Value;
        var start = tokenizer.FindToken("<|im_start|>")!.Value;
        var word = OutputGrammar.Sequence("<tool_call>\n", OutputGrammar.JsonObject, "\n</tool_call>");
        var text = OutputGrammar.FreeTextUntil("<tool_call>", OutputGrammar.Sequence("\n", OutputGrammar.JsonObject, "\n</tool_call>"));

        Assert.Equal([true, false, false], Allowed(cache.Start(word, ThinkingBefore.None), call, end, start));
        Assert.Equal([true, true, false], Allowed(cache.Start(text, ThinkingBefore.None), call, end, start));
        Assert.Equal([false, false, false], Allowed(After(cache.Start(text, ThinkingBefore.None), "Let me see.<tool_call>\n{\"a"), call, end, start));
        Assert.Equal([true, true, false], Allowed(After(cache.Start(text, ThinkingBefore.None), "<tool_call>\n{}\n</tool_call>"), call, end, start));
    }

    private static SequenceConstraint After(SequenceConstraint constraint, string text)
    {
        constraint.Advance(System.Text.Encoding.UTF8.GetBytes(text));
        return constraint;
    }

    private static bool[] Allowed(SequenceConstraint constraint, params int[] tokens)
    {
        var mask = new ulong[constraint.Words];
        constraint.Fill(mask);
        return [.. tokens.Select(token => TokenMask.Contains(mask, token))];
    }

    private static SequenceConstraint Follow(GrammarCache cache, OutputGrammar grammar, int[] tokens, int length)
    {
        var constraint = cache.Start(grammar, ThinkingBefore.None);
        foreach (var token in tokens.AsSpan(0, length))
        {
            constraint.Advance(token);
        }
        return constraint;
    }

    private static SequenceConstraint Read(GrammarCache cache, OutputGrammar grammar, int[] tokens, int length, byte[] bytes)
    {
        var constraint = Follow(cache, grammar, tokens, length);
        constraint.Advance(bytes);
        return constraint;
    }

    private static (long Walked, long Most, TimeSpan Time) Write(GrammarCache cache, int[] tokens, ulong[] mask)
    {
        var constraint = cache.Start(OutputGrammar.FromJsonSchema(JsonNode.Parse(Schema)!), ThinkingBefore.None);
        var (most, clock, logits) = (0L, Stopwatch.StartNew(), new float[151_936]);
        foreach (var token in tokens)
        {
            var before = constraint.Walked;
            constraint.Fill(mask);
            most = Math.Max(most, constraint.Walked - before);
            TokenMask.Apply(mask, logits);
            Assert.True(TokenMask.Contains(mask, token));
            constraint.Advance(token);
        }
        var time = clock.Elapsed;
        Assert.True(constraint.IsComplete);
        return (constraint.Walked, most, time);
    }
}

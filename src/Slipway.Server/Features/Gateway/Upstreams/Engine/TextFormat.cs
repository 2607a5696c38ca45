using System.Text.Json;
using Slipway.Server.Serving.Completions;

namespace Slipway.Server.Features.Gateway.Upstreams.Engine;

/// <summary>Answers of POST /v1/completions.</summary>
/// <param name="head">What stands in every object.</param>
/// <param name="echoes">The text that each choice begins with, where prompts are to be said again; else null.</param>
internal sealed class TextFormat(AnswerHead head, IReadOnlyList<string>? echoes) : IAnswerFormat
{
    private const string Kind = "text_completion";

    /// <summary>Where in its text each choice's next token begins.</summary>
    private readonly Dictionary<int, int> _offsets = [];

    public bool TryWriteOpening(Utf8JsonWriter json, int choice)
    {
        if (echoes is null)
        {
            return false;
        }

        WriteOne(json, choice, echoes[choice], null, null);
        return true;
    }

    public void WriteChunk(Utf8JsonWriter json, in ChoicePiece piece)
    {
        var isEnd = piece.Kind == ChoicePieceKind.End;
        WriteOne(json, piece.Choice, isEnd ? "" : piece.Text, piece.Tokens, isEnd ? piece.Text : null);
    }

    public void WriteUsageChunk(Utf8JsonWriter json, TokenUsage usage)
    {
        Begin(json);
        json.WriteEndArray();
        AnswerJson.WriteUsage(json, usage);
        json.WriteEndObject();
    }

    public void WriteWhole(Utf8JsonWriter json, IReadOnlyList<GatheredChoice> choices, TokenUsage usage)
    {
        Begin(json);
        for (var i = 0; i < choices.Count; i++)
        {
            WriteChoice(json, i, echoes?[i] + choices[i].Content, choices[i].Tokens, choices[i].FinishReason);
        }

        json.WriteEndArray();
        AnswerJson.WriteUsage(json, usage);
        json.WriteEndObject();
    }

    private void Begin(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        AnswerJson.WriteHead(json, head, Kind);
        json.WriteStartArray("choices"u8);
    }

    private void WriteOne(Utf8JsonWriter json, int choice, string text, IReadOnlyList<TokenReport>? tokens, string? finishReason)
    {
        Begin(json);
        WriteChoice(json, choice, text, tokens, finishReason);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteChoice(Utf8JsonWriter json, int choice, string text, IReadOnlyList<TokenReport>? tokens, string? finishReason)
    {
        json.WriteStartObject();
        json.WriteNumber("index"u8, choice);
        json.WriteString("text"u8, text);
        WriteLogprobs(json, choice, tokens);
        AnswerJson.WriteText(json, "finish_reason"u8, finishReason);
        json.WriteEndObject();
    }

    private void WriteLogprobs(Utf8JsonWriter json, int choice, IReadOnlyList<TokenReport>? tokens)
    {
        if (tokens is null)
        {
            json.WriteNull("logprobs"u8);
            return;
        }

        json.WriteStartObject("logprobs"u8);
        WriteList(json, "tokens"u8, tokens, token => json.WriteStringValue(AnswerJson.Spell(token)));
        WriteList(json, "token_logprobs"u8, tokens, token => json.WriteNumberValue(AnswerJson.Finite(token.Logprob)));
        WriteList(json, "top_logprobs"u8, tokens, token => WriteTop(json, token));
        WriteList(json, "text_offset"u8, tokens, token =>
        {
            var offset = _offsets.GetValueOrDefault(choice);
            json.WriteNumberValue(offset);
            _offsets[choice] = offset + AnswerJson.Spell(token).Length;
        });
        json.WriteEndObject();
    }

    private static void WriteList(
        Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<TokenReport> tokens, Action<TokenReport> write)
    {
        json.WriteStartArray(name);
        foreach (var token in tokens)
        {
            write(token);
        }

        json.WriteEndArray();
    }

    // Two tokens may spell alike, such as two halves of a character; the more probable one is shown.
    private static void WriteTop(Utf8JsonWriter json, TokenReport token)
    {
        json.WriteStartObject();
        foreach (var top in token.Top.DistinctBy(AnswerJson.Spell))
        {
            json.WriteNumber(AnswerJson.Spell(top), AnswerJson.Finite(top.Logprob));
        }

        json.WriteEndObject();
    }
}

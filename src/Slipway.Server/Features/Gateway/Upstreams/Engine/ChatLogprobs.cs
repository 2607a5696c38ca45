using System.Text.Json;
using Slipway.Server.Serving.Completions;

namespace Slipway.Server.Features.Gateway.Upstreams.Engine;

/// <summary>Probabilities as chat completions show them.</summary>
internal static class ChatLogprobs
{
    public static void Write(Utf8JsonWriter json, IReadOnlyList<TokenReport>? tokens)
    {
        if (tokens is null)
        {
            json.WriteNull("logprobs"u8);
            return;
        }

        json.WriteStartObject("logprobs"u8);
        json.WriteStartArray("content"u8);
        foreach (var token in tokens)
        {
            WriteToken(json, token, hasTop: true);
        }

        json.WriteEndArray();
        json.WriteNull("refusal"u8);
        json.WriteEndObject();
    }

    private static void WriteToken(Utf8JsonWriter json, TokenReport token, bool hasTop)
    {
        json.WriteStartObject();
        json.WriteString("token"u8, AnswerJson.Spell(token));
        json.WriteNumber("logprob"u8, AnswerJson.Finite(token.Logprob));
        json.WriteStartArray("bytes"u8);
        foreach (var value in token.Bytes)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
        if (hasTop)
        {
            json.WriteStartArray("top_logprobs"u8);
            foreach (var top in token.Top)
            {
                WriteToken(json, top, hasTop: false);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}

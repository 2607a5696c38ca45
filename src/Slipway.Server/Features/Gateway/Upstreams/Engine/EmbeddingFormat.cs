using System.Runtime.InteropServices;
using System.Text.Json;
using Slipway.Server.Serving.Completions;

namespace Slipway.Server.Features.Gateway.Upstreams.Engine;

/// <summary>Answers of POST /v1/embeddings.</summary>
internal static class EmbeddingFormat
{
    public static void Write(Utf8JsonWriter json, string model, EmbeddedTexts texts, bool isBase64)
    {
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        for (var i = 0; i < texts.Vectors.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "embedding"u8);
            json.WriteNumber("index"u8, i);
            WriteVector(json, texts.Vectors[i], isBase64);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("model"u8, model);
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, texts.Tokens);
        json.WriteNumber("total_tokens"u8, texts.Tokens);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    // Singles in the order of this machine, which is the little-endian one that clients expect.
    private static void WriteVector(Utf8JsonWriter json, float[] vector, bool isBase64)
    {
        if (isBase64)
        {
            json.WriteBase64String("embedding"u8, MemoryMarshal.AsBytes<float>(vector));
            return;
        }

        json.WriteStartArray("embedding"u8);
        foreach (var value in vector)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }
}

using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Slipway.Client;
using Slipway.Server.Serving.Completions;

namespace Slipway.Server.Features.Gateway.Upstreams.Engine;

/// <summary>What stands in every object of one answer.</summary>
/// <param name="Id">Steady over a stream.</param>
/// <param name="Created">Unix time in seconds.</param>
/// <param name="Model">The public name.</param>
internal sealed record AnswerHead(string Id, long Created, string Model);

/// <summary>The parts that OpenAI's answers have in common.</summary>
internal static class AnswerJson
{
    private const string IdCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private const int IdLength = 24;

    // JSON has no infinity; OpenAI's own service writes this number for what is out of the question.
    private const float LeastLogprob = -9999;

    public static JsonWriterOptions Options { get; } = new() { Encoder = WireText.Encoder, SkipValidation = true };

    public static string MakeId(string prefix) => prefix + RandomNumberGenerator.GetString(IdCharacters, IdLength);

    public static void WriteHead(Utf8JsonWriter json, AnswerHead head, string kind)
    {
        json.WriteString("id"u8, head.Id);
        json.WriteString("object"u8, kind);
        json.WriteNumber("created"u8, head.Created);
        json.WriteString("model"u8, head.Model);
    }

    public static void WriteUsage(Utf8JsonWriter json, TokenUsage usage)
    {
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, usage.Prompt);
        json.WriteNumber("completion_tokens"u8, usage.Completion);
        json.WriteNumber("total_tokens"u8, usage.Total);
        json.WriteStartObject("prompt_tokens_details"u8);
        json.WriteNumber("cached_tokens"u8, usage.Cached);
        json.WriteEndObject();
        json.WriteStartObject("completion_tokens_details"u8);
        json.WriteNumber("reasoning_tokens"u8, usage.Reasoning);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? text)
    {
        if (text is null)
        {
            json.WriteNull(name);
        }
        else
        {
            json.WriteString(name, text);
        }
    }

    public static float Finite(float logprob) => float.IsFinite(logprob) ? logprob : LeastLogprob;

    /// <summary>The token as text; bytes that are no whole character show as U+FFFD.</summary>
    public static string Spell(TokenReport token) => Encoding.UTF8.GetString(token.Bytes);

    public static TokenUsage ToUsage(CompletionAccount account) =>
        new(account.Prompt, account.Completion, account.Cached, account.Reasoning);
}

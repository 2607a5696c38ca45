using System.Text.Json;
using Slipway.Server.Aws;

namespace Slipway.Server.Features.Gateway.Upstreams.SageMaker;

/// <summary>
/// Counts the tokens of a call. What the container says wins; where it says nothing, every piece of a stream counts as one token, and
/// every four bytes of a prompt or of a whole answer do. That is an estimate, right to within a factor of two for most texts.
/// </summary>
internal sealed class ContainerUsage(int promptBytes)
{
    private const int BytesPerToken = 4;

    private readonly int _promptEstimate = Math.Max(1, promptBytes / BytesPerToken);
    private int _pieces;
    private int _piecesSaid;
    private TokenUsage? _said;

    /// <summary>What the container said, with the pieces that came after it, or the estimate.</summary>
    public TokenUsage Current => _said is { } said
        ? said with { Completion = said.Completion + _pieces - _piecesSaid }
        : new TokenUsage(_promptEstimate, _pieces);

    public void CountPiece() => _pieces++;

    public void CountText(int bytes) => _pieces += (bytes + BytesPerToken - 1) / BytesPerToken;

    /// <summary>Takes an OpenAI usage object; one without a prompt's count says nothing.</summary>
    public void Take(JsonElement usage)
    {
        if (Count(usage, "prompt_tokens") is > 0 and var prompt)
        {
            Say(new TokenUsage(
                prompt,
                Count(usage, "completion_tokens") ?? 0,
                CountIn(usage, "prompt_tokens_details", "cached_tokens"),
                CountIn(usage, "completion_tokens_details", "reasoning_tokens")));
        }
    }

    /// <summary>Takes what TGI and LMI say at the end: <c>generated_tokens</c>, and perhaps <c>input_length</c> or the prompt.</summary>
    public void TakeDetails(JsonElement? details)
    {
        if (details is { } json && Count(json, "generated_tokens") is { } generated)
        {
            var prompt = json.List("prefill")?.GetArrayLength() is > 0 and var length ? length : _promptEstimate;
            Say(new TokenUsage(Count(json, "input_length") ?? prompt, generated));
        }
    }

    public void Write(Utf8JsonWriter json)
    {
        var usage = Current;
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, usage.Prompt);
        json.WriteNumber("completion_tokens"u8, usage.Completion);
        json.WriteNumber("total_tokens"u8, usage.Total);
        if (usage.Cached > 0)
        {
            json.WriteStartObject("prompt_tokens_details"u8);
            json.WriteNumber("cached_tokens"u8, usage.Cached);
            json.WriteEndObject();
        }
        if (usage.Reasoning > 0)
        {
            json.WriteStartObject("completion_tokens_details"u8);
            json.WriteNumber("reasoning_tokens"u8, usage.Reasoning);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private void Say(TokenUsage usage) => (_said, _piecesSaid) = (usage, _pieces);

    private static int CountIn(JsonElement usage, string part, string name) =>
        usage.Object(part) is { } details ? Count(details, name) ?? 0 : 0;

    /// <summary>A billion and more is nobody's count, and sums must not overflow.</summary>
    private static int? Count(JsonElement json, string name) => json.Int(name) is >= 0 and < 1_000_000_000 and var count ? count : null;
}

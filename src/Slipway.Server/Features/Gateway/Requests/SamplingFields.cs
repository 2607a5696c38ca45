using System.Globalization;
using Slipway.Server.Serving.Completions;

namespace Slipway.Server.Features.Gateway.Requests;

/// <summary>The fields that chat and text completions share.</summary>
internal static class SamplingFields
{
    public const int MostChoices = 16;
    private const int MostTokens = 1 << 24;
    private const int MostStops = 4;
    private const int LongestStop = 1024;
    private const int MostBiases = 4096;

    public static SamplingWishes Read(JsonField body, int? topLogprobs) => new()
    {
        Temperature = body["temperature"].Number(0, 2) ?? 1,
        TopP = body["top_p"].Number(0, 1, aboveMin: true) ?? 1,
        // −1 is how vLLM's clients write "all".
        TopK = Math.Max(0, body["top_k"].Integer32(-1, int.MaxValue) ?? 0),
        MinP = body["min_p"].Number(0, 1) ?? 0,
        RepetitionPenalty = body["repetition_penalty"].Number(0, 2, aboveMin: true) ?? 1,
        PresencePenalty = body["presence_penalty"].Number(-2, 2) ?? 0,
        FrequencyPenalty = body["frequency_penalty"].Number(-2, 2) ?? 0,
        LogitBias = ReadBias(body["logit_bias"]),
        Seed = body["seed"].Integer(long.MinValue, long.MaxValue),
        TopLogprobs = topLogprobs,
    };

    public static int ReadChoices(JsonField body) => body["n"].Integer32(1, MostChoices) ?? 1;

    public static int? ReadTokens(JsonField field) => field.Integer32(1, MostTokens);

    public static bool ReadIgnoreEnd(JsonField body) => body["ignore_eos"].Flag() ?? false;

    public static IReadOnlyList<string> ReadStop(JsonField stop)
    {
        var accepted = $"a text, or a list of up to {MostStops} texts, of 1 to {LongestStop} characters each";
        if (stop.IsAbsent)
        {
            return [];
        }

        return stop.IsList
            ? [.. stop.Items(accepted, max: MostStops).Select(item => item.Required(accepted).Text(accepted, 1, LongestStop)!)]
            : [stop.Text(accepted, 1, LongestStop)!];
    }

    private static Dictionary<int, float>? ReadBias(JsonField bias)
    {
        if (bias.IsAbsent)
        {
            return null;
        }

        const string Accepted = "an object of token ids with numbers from -100 to 100";
        var read = new Dictionary<int, float>();
        foreach (var (name, value) in bias.Fields(Accepted))
        {
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var token) || read.Count == MostBiases)
            {
                throw value.Wrong($"{Accepted}, up to {MostBiases} of them");
            }

            read[token] = (float)value.Required(Accepted).Number(-100, 100)!.Value;
        }

        return read;
    }
}

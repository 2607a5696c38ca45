namespace Slipway.Server.Features.Gateway.Limits;

/// <summary>What a call is thought to take before anybody knows.</summary>
internal static class CallSize
{
    // Four bytes are a token of English, and a prompt without an answer is none.
    private const int BytesPerToken = 4, LikelyAnswer = 64;

    public static int Tokens(long bodyBytes) => (int)Math.Min(bodyBytes / BytesPerToken, int.MaxValue / 2) + LikelyAnswer;
}

namespace Slipway.Server.Features.Gateway.Upstreams.OpenAi;

/// <summary>For calls whose upstream never says what they came to, also because they were broken off.</summary>
internal static class TokenEstimate
{
    private const int BytesPerToken = 4;

    public static int OfPrompt(int bodyBytes) => Math.Max(1, bodyBytes / BytesPerToken);
}

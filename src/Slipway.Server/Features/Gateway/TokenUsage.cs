namespace Slipway.Server.Features.Gateway;

/// <summary>Tokens of one call. What an upstream says itself wins over what was counted on the way.</summary>
/// <param name="Prompt">Of the prompt, cached ones included.</param>
/// <param name="Completion">Of the answer, its thought included.</param>
/// <param name="Cached">Of the prompt, found in a cache.</param>
/// <param name="Reasoning">Of the answer, its thought.</param>
internal readonly record struct TokenUsage(int Prompt, int Completion, int Cached = 0, int Reasoning = 0)
{
    public int Total => Prompt + Completion;
}

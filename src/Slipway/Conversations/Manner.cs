namespace Slipway.Conversations;

/// <summary>How the other side is to answer.</summary>
/// <param name="EnableThinking">May think before it answers.</param>
/// <param name="Temperature">0 to 100; 0 always takes the most probable token.</param>
internal sealed record Manner(bool EnableThinking, float Temperature);

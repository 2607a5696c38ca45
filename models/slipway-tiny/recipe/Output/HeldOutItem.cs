using Slipway.Recipe.Exchanges;

namespace Slipway.Recipe.Output;

/// <summary>One question of the evaluation; <see cref="Messages"/> end with the user's.</summary>
internal sealed record HeldOutItem(
    string Group, Language Language, IReadOnlyList<Message> Messages, Expectation Expected, bool? EnableThinking = null);

namespace Slipway.Recipe.Worlds;

/// <summary>Ways to ask: those that are trained, and those that only the evaluation may use. <c>{x}</c> stands for a thing to fill in.</summary>
internal sealed record Phrasings
{
    public required IReadOnlyList<string> Ask { get; init; }

    public required IReadOnlyList<string> HeldOut { get; init; }
}

using Slipway.Recipe.Worlds;

namespace Slipway.Recipe.Exchanges;

/// <summary>A question and its answer.</summary>
/// <param name="Reasoning">What is thought before the answer; null where the question needs none.</param>
/// <param name="DirectAnswer">The answer when thinking is switched off, where it differs.</param>
/// <param name="Entry">The entry that it comes from, if it does.</param>
internal sealed record Exchange(
    string Group, Language Language, string Question, string Answer, Expectation Expected, string? Reasoning = null, string? DirectAnswer = null,
    Entry? Entry = null);

/// <summary>How the evaluation knows a right answer.</summary>
/// <param name="All">Texts that must all appear.</param>
/// <param name="Any">Texts of which one must appear; empty asks for none.</param>
/// <param name="Number">What the last integer in the answer must be.</param>
internal sealed record Expectation(IReadOnlyList<string> All, IReadOnlyList<string> Any, long? Number = null)
{
    public static Expectation Of(long number) => new([], [], number);

    public static Expectation Text(params IReadOnlyList<string> all) => new(all, []);
}

namespace Slipway.Engine.Constraints.Automata;

/// <summary>Names of members that are none of those already taken. They are spelled without escapes, so that no spelling hides one.</summary>
internal static class OtherNames
{
    /// <exception cref="AutomatonLimitException">The names taken are too many or too long.</exception>
    public static ByteDfa Compile(IReadOnlyList<string> taken)
    {
        if (taken.Count == 0)
        {
            return JsonTokens.PlainString;
        }
        var words = WordList.Compile(taken.Select(JsonTokens.Spell));
        // States of the other: −1 left the list for good, otherwise the place in the list.
        return DfaProduct.Build(
            JsonTokens.PlainString, (at, _, _, value) => at < 0 ? at : words.Next(at, value), at => at < 0 || !words.Accepts(at))!;
    }
}

using Slipway.Engine.Constraints.Automata;
using Slipway.Engine.Constraints.Matching;

namespace Slipway.Engine.Constraints.Schemas;

/// <summary>The rules of JSON's punctuation and simplest values.</summary>
internal static class JsonRules
{
    private static readonly Rule Space = new LexRule(JsonTokens.Whitespace);

    private static readonly Rule OpenObject = new LexRule(JsonTokens.OpenObject);

    private static readonly Rule OpenArray = new LexRule(JsonTokens.OpenArray);

    public static Rule CloseObject { get; } = new LexRule(JsonTokens.CloseObject);

    public static Rule CloseArray { get; } = new LexRule(JsonTokens.CloseArray);

    public static Rule Comma { get; } = new LexRule(JsonTokens.Comma);

    public static Rule Colon { get; } = new LexRule(JsonTokens.Colon);

    public static Rule Null { get; } = new LexRule(JsonTokens.Null);

    public static Rule Boolean { get; } = new LexRule(JsonTokens.Boolean);

    public static Rule Number { get; } = new LexRule(JsonTokens.Number);

    public static Rule Integer { get; } = new LexRule(JsonTokens.Integer);

    /// <summary>An object; the rest closes it.</summary>
    public static Rule Braces(Rule rest) => new SequenceRule([OpenObject, rest], nests: true);

    /// <summary>An array; the rest closes it.</summary>
    public static Rule Brackets(Rule rest) => new SequenceRule([OpenArray, rest], nests: true);

    /// <summary>Items from the first to the closing mark.</summary>
    public static Rule List(Rule item, int min, int max, Rule close)
    {
        List<Rule> options = [];
        if (min == 0)
        {
            options.Add(close);
        }
        if (max > 0)
        {
            options.Add(new SequenceRule([Space, item, .. More(item, Math.Max(0, min - 1), max - 1), close]));
        }
        return new ChoiceRule([.. options]);
    }

    /// <summary>What begins with space, as all that follows an opening mark does.</summary>
    public static Rule Spaced(Rule first) => new SequenceRule([Space, first]);

    /// <summary>Further items, each after a comma.</summary>
    public static Rule[] More(Rule item, int min, int max) =>
        max > 0 ? [new RepeatRule(new SequenceRule([Comma, item]), min, max)] : [];
}

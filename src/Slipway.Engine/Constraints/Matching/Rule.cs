using Slipway.Engine.Constraints.Automata;

namespace Slipway.Engine.Constraints.Matching;

/// <summary>A part of a grammar. Immutable once its grammar is built.</summary>
internal abstract class Rule
{
    /// <summary>More than any grammar nests: the height of what can never be completed.</summary>
    public const int Endless = 1 << 20;

    /// <summary>How many levels of nesting the shortest match needs.</summary>
    public int Height { get; set; } = Endless;
}

/// <summary>Bytes that an automaton accepts.</summary>
/// <param name="dfa">The automaton.</param>
/// <param name="min">Characters at least.</param>
/// <param name="max">Characters at most; null does not count.</param>
/// <param name="allowsAdded">Whether tokens like &lt;tool_call&gt; may spell it.</param>
internal sealed class LexRule(ByteDfa dfa, int min = 0, int? max = null, bool allowsAdded = false) : Rule
{
    public ByteDfa Dfa => dfa;

    public int Min => min;

    public int Max { get; } = max ?? int.MaxValue;

    public bool Counts { get; } = max is not null;

    public bool AllowsAdded => allowsAdded;
}

/// <summary>One after the other.</summary>
/// <param name="parts">At least one.</param>
/// <param name="nests">Whether this is a level of nesting: an object or an array.</param>
internal sealed class SequenceRule(Rule[] parts, bool nests = false) : Rule
{
    public Rule[] Parts => parts;

    public bool Nests => nests;
}

/// <summary>One of several; none at all can be chosen of none.</summary>
internal sealed class ChoiceRule(params Rule[] options) : Rule
{
    /// <summary>May be set once, after a rule that leads back here was made.</summary>
    public Rule[] Options { get; set; } = options;
}

/// <summary>The same again. The item never matches nothing.</summary>
internal sealed class RepeatRule(Rule item, int min, int max) : Rule
{
    public Rule Item => item;

    public int Min => min;

    public int Max => max;
}

namespace Slipway.Engine.Constraints.Matching;

/// <summary>A rule that waits for a part of it to end. Below it lie the rules that wait for this one.</summary>
/// <param name="rule">A sequence or a repetition.</param>
/// <param name="position">The next part of a sequence; how many items of a repetition have begun.</param>
/// <param name="parent">What goes on after the rule; null ends the output.</param>
internal sealed class Frame(Rule rule, int position, Frame? parent)
{
    public Rule Rule => rule;

    public int Position => position;

    public Frame? Parent => parent;

    /// <summary>Levels of nesting that are open here.</summary>
    public int Depth { get; } = (parent?.Depth ?? 0) + (rule is SequenceRule { Nests: true } ? 1 : 0);

    /// <summary>What can follow once the part ends; found when first asked for.</summary>
    public ThreadSet? Continuation { get; set; }
}

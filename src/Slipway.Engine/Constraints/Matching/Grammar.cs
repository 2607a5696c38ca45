namespace Slipway.Engine.Constraints.Matching;

/// <summary>A rule with the depth to which it may nest, every height known.</summary>
internal sealed class Grammar
{
    public Grammar(Rule root, int maxDepth)
    {
        (Root, MaxDepth) = (root, maxDepth);
        var rules = Collect(root);
        Measure(rules);
        States = rules.OfType<LexRule>().Where(lex => !lex.Dfa.IsShared).Select(lex => lex.Dfa).Distinct().Sum(dfa => dfa.States);
    }

    public Rule Root { get; }

    /// <summary>Objects and arrays within one another at most.</summary>
    public int MaxDepth { get; }

    /// <summary>States of the automata that are this grammar's own.</summary>
    public int States { get; }

    /// <summary>Whether some text matches within the depth.</summary>
    public bool CanBeCompleted => Root.Height <= MaxDepth;

    private static List<Rule> Collect(Rule root)
    {
        List<Rule> rules = [root];
        var seen = new HashSet<Rule>(rules);
        for (var i = 0; i < rules.Count; i++)
        {
            foreach (var part in Parts(rules[i]))
            {
                if (seen.Add(part))
                {
                    rules.Add(part);
                }
            }
        }
        return rules;
    }

    private static ReadOnlySpan<Rule> Parts(Rule rule) => rule switch
    {
        SequenceRule sequence => sequence.Parts,
        ChoiceRule choice => choice.Options,
        RepeatRule repeat => new[] { repeat.Item },
        _ => [],
    };

    /// <summary>Heights from below; those after the last pass over a recursion that never ends stay endless.</summary>
    private static void Measure(List<Rule> rules)
    {
        for (var changed = true; changed;)
        {
            changed = false;
            for (var i = rules.Count - 1; i >= 0; i--)
            {
                var height = Height(rules[i]);
                if (height < rules[i].Height)
                {
                    rules[i].Height = height;
                    changed = true;
                }
            }
        }
    }

    private static int Height(Rule rule) => rule switch
    {
        SequenceRule sequence => Math.Min(Rule.Endless, sequence.Parts.Max(part => part.Height) + (sequence.Nests ? 1 : 0)),
        ChoiceRule { Options.Length: 0 } => Rule.Endless,
        ChoiceRule choice => choice.Options.Min(option => option.Height),
        RepeatRule { Min: 0 } => 0,
        RepeatRule repeat => repeat.Item.Height,
        _ => 0,
    };
}

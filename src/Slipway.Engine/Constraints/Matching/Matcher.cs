namespace Slipway.Engine.Constraints.Matching;

/// <summary>Moves sets of threads over bytes: a pushdown automaton whose stacks share what they have in common.</summary>
/// <param name="maxDepth">Levels of nesting at most.</param>
internal sealed class Matcher(int maxDepth)
{
    /// <summary>Rules opened at one place at most; a grammar that offers more loses the last ones there.</summary>
    private const int MaxOpened = 20_000;

    private readonly Stack<(Rule Rule, Frame? Parent)> _pending = new();

    /// <summary>The ways in which a rule can begin, at the bottom of a new stack.</summary>
    public ThreadSet Start(Rule root)
    {
        var set = new ThreadSet();
        _pending.Push((root, null));
        Open(set);
        return set;
    }

    /// <summary>Reads one byte.</summary>
    public void Step(ReadOnlySpan<MatchThread> threads, byte value, ThreadSet into)
    {
        foreach (ref readonly var thread in threads)
        {
            var lex = thread.Lex;
            var next = lex.Dfa.Next(thread.State, value);
            if (next < 0)
            {
                continue;
            }
            var taken = thread.Taken;
            if (lex.Counts)
            {
                taken += lex.Dfa.Weight(thread.State, next);
                if (taken + lex.Dfa.Distance(next) > lex.Max)
                {
                    continue;
                }
            }
            if (lex.Dfa.Accepts(next) && taken >= lex.Min)
            {
                AddContinuation(thread.Parent, into);
            }
            if (!lex.Dfa.IsTerminal(next))
            {
                into.Add(new MatchThread(lex, next, taken, thread.Parent));
            }
        }
    }

    /// <summary>What can follow when the part above a frame ends.</summary>
    public ThreadSet Continue(Frame frame)
    {
        if (frame.Continuation is null)
        {
            var set = new ThreadSet();
            Close(frame, set);
            Open(set);
            frame.Continuation = set;
        }
        return frame.Continuation;
    }

    private void AddContinuation(Frame? parent, ThreadSet into)
    {
        if (parent is null)
        {
            into.Accepts = true;
        }
        else
        {
            into.AddAll(Continue(parent));
        }
    }

    /// <summary>Opens what is pending, down to the automata.</summary>
    private void Open(ThreadSet into)
    {
        for (var opened = 0; _pending.TryPop(out var next); opened++)
        {
            if (opened < MaxOpened)
            {
                Open(next.Rule, next.Parent, into);
            }
        }
    }

    private void Open(Rule rule, Frame? parent, ThreadSet into)
    {
        switch (rule)
        {
            case LexRule lex:
                into.Add(new MatchThread(lex, 0, 0, parent));
                if (lex.Dfa.Accepts(0) && lex.Min == 0)
                {
                    Close(parent, into);
                }
                break;
            case SequenceRule sequence:
                _pending.Push((sequence.Parts[0], new Frame(sequence, 1, parent)));
                break;
            case ChoiceRule choice:
                for (var i = choice.Options.Length - 1; i >= 0; i--)
                {
                    OpenIfItFits(choice.Options[i], parent);
                }
                break;
            case RepeatRule { Max: 0 }:
                Close(parent, into);
                break;
            case RepeatRule repeat:
                OpenIfItFits(repeat.Item, new Frame(repeat, 1, parent));
                if (repeat.Min == 0)
                {
                    Close(parent, into);
                }
                break;
        }
    }

    /// <summary>A part has ended; the rule that waited for it goes on, or ends too.</summary>
    private void Close(Frame? frame, ThreadSet into)
    {
        while (frame is not null)
        {
            if (frame.Rule is SequenceRule sequence)
            {
                if (frame.Position < sequence.Parts.Length)
                {
                    _pending.Push((sequence.Parts[frame.Position], After(frame, sequence)));
                    return;
                }
            }
            else if (frame.Rule is RepeatRule repeat)
            {
                if (frame.Position < repeat.Max)
                {
                    OpenIfItFits(repeat.Item, new Frame(repeat, frame.Position + 1, frame.Parent));
                }
                if (frame.Position < repeat.Min)
                {
                    return;
                }
            }
            frame = frame.Parent;
        }
        into.Accepts = true;
    }

    /// <summary>The last part needs nobody to wait for it, unless the level of nesting must be known.</summary>
    private static Frame? After(Frame frame, SequenceRule sequence) =>
        frame.Position + 1 < sequence.Parts.Length || sequence.Nests
            ? new Frame(sequence, frame.Position + 1, frame.Parent)
            : frame.Parent;

    private void OpenIfItFits(Rule rule, Frame? parent)
    {
        if (rule.Height + (parent?.Depth ?? 0) <= maxDepth)
        {
            _pending.Push((rule, parent));
        }
    }
}

using Slipway.Engine.Architectures;
using Slipway.Engine.Speculation;

namespace Slipway.Engine.Scheduling;

/// <summary>
/// Decides what the next step computes: first one token of every sequence that is decoding, then chunks of prompts
/// with what is left of the step's tokens. When blocks run out, the sequence that came last gives its own up and
/// waits at the head of the queue; it will compute its tokens again and go on as if nothing had happened.
/// </summary>
internal sealed class StepPlanner(List<Sequence> running, LinkedList<Sequence> waiting, Step step, EngineOptions options, StepCost cost)
{
    private readonly List<(Sequence Sequence, int Count)> _planned = [];

    /// <summary>Times a sequence had to give its blocks up.</summary>
    public long Preemptions { get; private set; }

    /// <summary>Whether every sequence of the step had one token to compute, and nothing of a prompt.</summary>
    public bool IsDecoding { get; private set; }

    /// <summary>Tokens of the step that are guessed.</summary>
    public int Drafted { get; private set; }

    /// <summary>Sequences of the step with the tokens that each computes in it.</summary>
    public List<(Sequence Sequence, int Count)> Planned => _planned;

    /// <summary>Fills the step. Empty when nothing can be computed.</summary>
    public void Plan()
    {
        _planned.Clear();
        Admit();
        var budget = options.StepTokens;
        for (var i = 0; i < running.Count; i++) // Preemption may shorten the list, never before i.
        {
            if (running[i].Pending == 1)
            {
                budget -= TryPlan(running[i], 1);
            }
        }
        for (var i = 0; i < running.Count && budget > 0; i++)
        {
            if (running[i].Pending > 1)
            {
                budget -= TryPlan(running[i], Math.Min(running[i].Pending, budget));
            }
        }
        IsDecoding = _planned.Count > 0 && _planned.TrueForAll(planned => planned.Count == 1);
        Drafted = 0;
        if (IsDecoding && options.DraftTokens > 0 && (options.AlwaysDrafts || !cost.WantsPlain(_planned.Count)))
        {
            Draft(Math.Min(options.DraftTokens, budget));
        }
        FillStep();
    }

    /// <summary>Adds guesses to sequences that are decoding, as long as the step has room.</summary>
    private void Draft(int room)
    {
        for (var i = 0; i < _planned.Count && Drafted < room; i++)
        {
            var (sequence, count) = _planned[i];
            sequence.Draft(room - Drafted, _planned.Count, options.AlwaysDrafts ? 0 : cost.PerToken);
            Drafted += sequence.DraftCount;
            _planned[i] = (sequence, count + sequence.DraftCount);
        }
    }

    private void Admit()
    {
        while (running.Count < options.MaxSequences && waiting.First is { } node)
        {
            var sequence = node.Value;
            waiting.RemoveFirst();
            sequence.ShareBeginning();
            if (sequence.CachedTokens < 0)
            {
                sequence.CachedTokens = sequence.Computed;
            }
            var first = sequence.Computed + Math.Min(sequence.Pending, options.StepTokens);
            if (running.Count > 0 && !sequence.TryReserve(first))
            {
                sequence.ReleaseBlocks();
                waiting.AddFirst(node);
                return;
            }
            running.Add(sequence);
        }
    }

    /// <summary>Plans tokens of one sequence; returns how many, 0 when even preemption found no room.</summary>
    private int TryPlan(Sequence sequence, int count)
    {
        while (!sequence.TryReserve(sequence.Computed + count))
        {
            var last = running[^1];
            if (IsPlanned(last) || (last == sequence && running.Count == 1))
            {
                return 0;
            }
            Preempt(last);
            if (last == sequence)
            {
                return 0;
            }
        }
        _planned.Add((sequence, count));
        return count;
    }

    private bool IsPlanned(Sequence sequence)
    {
        foreach (var (planned, _) in _planned)
        {
            if (planned == sequence)
            {
                return true;
            }
        }
        return false;
    }

    private void Preempt(Sequence sequence)
    {
        Preemptions++;
        running.Remove(sequence);
        sequence.ReleaseBlocks();
        waiting.AddFirst(sequence);
    }

    private void FillStep()
    {
        step.Clear();
        foreach (var (sequence, count) in _planned)
        {
            var isLast = count - sequence.DraftCount == sequence.Pending && sequence.States is null;
            sequence.OutputRow = step.Add(sequence.NextTokens(count), sequence.Computed, sequence.Blocks, isLast ? 1 + sequence.DraftCount : 0);
        }
    }
}

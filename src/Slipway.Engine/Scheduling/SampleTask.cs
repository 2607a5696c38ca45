using Slipway.Engine.Memory;
using Slipway.Engine.Sampling;

namespace Slipway.Engine.Scheduling;

/// <summary>Samples the sequences of a step beside each other.</summary>
internal sealed unsafe class SampleTask(SamplingScratch[] scratch, int vocabulary, int maxSequences) : TeamTask
{
    private readonly Sequence[] _sequences = new Sequence[maxSequences];
    private readonly int[] _tokens = new int[maxSequences];
    private readonly TokenProbability?[] _probabilities = new TokenProbability?[maxSequences];
    private float* _logits;
    private int _count;
    private int _place;

    /// <summary>Begins with the first place of every sequence that has logits.</summary>
    /// <param name="planned">The sequences of the step.</param>
    /// <param name="logits">[outputs][vocabulary].</param>
    public void Begin(List<(Sequence Sequence, int Count)> planned, float* logits)
    {
        _logits = logits;
        (_count, _place) = (0, 0);
        for (var i = 0; i < planned.Count; i++)
        {
            if (planned[i].Sequence.OutputRow >= 0)
            {
                _sequences[_count++] = planned[i].Sequence;
            }
        }
    }

    public ReadOnlySpan<Sequence> Sequences => _sequences.AsSpan(0, _count);

    /// <summary>Which place behind the last known token is sampled, from 0.</summary>
    public int Place => _place;

    public int Token(int index) => _tokens[index];

    public TokenProbability? Probability(int index) => _probabilities[index];

    /// <summary>Goes on to the next place of those sequences whose guess was right.</summary>
    /// <param name="goesOn">By the index of each.</param>
    public void Next(ReadOnlySpan<bool> goesOn)
    {
        var kept = 0;
        for (var i = 0; i < _count; i++)
        {
            if (goesOn[i])
            {
                _sequences[kept++] = _sequences[i];
            }
        }
        (_count, _place) = (kept, _place + 1);
    }

    public override void Execute(int worker)
    {
        for (var i = Take(1); i < _count; i = Take(1))
        {
            var sequence = _sequences[i];
            var logits = new Span<float>(_logits + ((long)(sequence.OutputRow + _place) * vocabulary), vocabulary);
            _tokens[i] = sequence.Sampler.Sample(logits, sequence.Generated, scratch[worker], out _probabilities[i]);
        }
    }
}

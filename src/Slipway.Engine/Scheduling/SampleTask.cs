using Slipway.Engine.Memory;
using Slipway.Engine.Sampling;

namespace Slipway.Engine.Scheduling;

/// <summary>Samples the sequences of a step beside each other.</summary>
internal sealed unsafe class SampleTask(SamplingScratch[] scratch, int vocabulary, int maxOutputs) : TeamTask
{
    private readonly Sequence[] _sequences = new Sequence[maxOutputs];
    private readonly int[] _tokens = new int[maxOutputs];
    private readonly TokenProbability?[] _probabilities = new TokenProbability?[maxOutputs];
    private float* _logits;
    private int _count;

    /// <param name="planned">The sequences of the step.</param>
    /// <param name="logits">[outputs][vocabulary].</param>
    public void Set(List<(Sequence Sequence, int Count)> planned, float* logits)
    {
        _logits = logits;
        _count = 0;
        for (var i = 0; i < planned.Count; i++)
        {
            if (planned[i].Sequence.OutputRow >= 0)
            {
                _sequences[_count++] = planned[i].Sequence;
            }
        }
    }

    public ReadOnlySpan<Sequence> Sequences => _sequences.AsSpan(0, _count);

    public int Token(int index) => _tokens[index];

    public TokenProbability? Probability(int index) => _probabilities[index];

    public override void Execute(int worker)
    {
        for (var i = Take(1); i < _count; i = Take(1))
        {
            var sequence = _sequences[i];
            var logits = new Span<float>(_logits + ((long)sequence.OutputRow * vocabulary), vocabulary);
            _tokens[i] = sequence.Sampler.Sample(logits, sequence.Generated, scratch[worker], out _probabilities[i]);
        }
    }
}

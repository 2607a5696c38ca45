using Slipway.Engine.Training.Checkpoints;
using Slipway.Engine.Training.Model;

namespace Slipway.Engine.Tests.Training.Checkpoints;

/// <summary>The memory of a run of one matrix and one vector: every value tells the step it was set at.</summary>
internal sealed unsafe class SmallRun : IDisposable
{
    private readonly Parameter[] _weights;
    private readonly Parameter[] _first;
    private readonly Parameter[] _second;

    public SmallRun(int rows = 3, string name = "blk.0.attn_q.weight") =>
        (_weights, _first, _second) = (Make(rows, name), Make(rows, name), Make(rows, name));

    public CheckpointTensors Tensors => new(Of(_weights), Of(_first), Of(_second));

    public Checkpoint At(int step, double loss = 0.1)
    {
        Fill(step);
        return new Checkpoint(
            new TrainerState
            {
                Step = step,
                TotalSteps = 1000,
                Epoch = step / 7.0,
                TotalTokens = 1L << 40,
                ElapsedSeconds = 1.0 / 3,
                LossSum = loss,
                OptionsFingerprint = "fingerprint",
                LogHistory = [new LogEntry { Step = step, Epoch = 0.1, Loss = double.NaN, LearningRate = 1e-5 }],
            },
            Tensors);
    }

    public void Fill(int step)
    {
        for (var kind = 0; kind < 3; kind++)
        {
            foreach (var parameter in All(kind))
            {
                for (var i = 0L; i < parameter.Length; i++)
                {
                    parameter.Value[i] = ValueAt(step, kind, i);
                }
            }
        }
    }

    /// <summary>Whether every value is that of one step.</summary>
    public bool IsAt(int step)
    {
        var same = true;
        for (var kind = 0; kind < 3; kind++)
        {
            foreach (var parameter in All(kind))
            {
                for (var i = 0L; i < parameter.Length; i++)
                {
                    same &= BitConverter.SingleToInt32Bits(parameter.Value[i]) == BitConverter.SingleToInt32Bits(ValueAt(step, kind, i));
                }
            }
        }
        return same;
    }

    public void Dispose() => Array.ForEach([.. _weights, .. _first, .. _second], parameter => parameter.Dispose());

    private static float ValueAt(int step, int kind, long index) => MathF.Sin((step * 31) + (kind * 7) + index);

    private static Parameter[] Make(int rows, string name) => [new(name, rows, 4, isVector: false), new("output_norm.weight", 1, 4, isVector: true)];

    private static CheckpointTensor[] Of(Parameter[] parameters) => [.. parameters.Select(CheckpointTensor.Of)];

    private Parameter[] All(int kind) => kind switch { 0 => _weights, 1 => _first, _ => _second };
}

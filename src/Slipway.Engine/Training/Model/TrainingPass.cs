using System.Runtime.InteropServices;
using Slipway.Engine.Kernels;
using Slipway.Engine.Memory;
using Slipway.Engine.Training.Data;
using Slipway.Engine.Training.Operations;

namespace Slipway.Engine.Training.Model;

/// <summary>
/// Forward and backward over a model, with the memory they need. The result does not depend on the number of workers.
/// </summary>
internal sealed unsafe class TrainingPass : IDisposable
{
    /// <summary>Columns of the embedding's gradient that one worker adds up.</summary>
    private const int EmbeddingColumns = 32;

    private readonly TrainableModel _model;
    private readonly TrainingTeam _team;
    private readonly PassBuffers _buffers;
    private readonly LayerPass[] _layers;
    private readonly NativeBuffer<float> _final;
    private readonly LossHead _head;
    private readonly int _maxRows;
    private readonly bool _rounds;

    /// <param name="model">Whose gradients are computed.</param>
    /// <param name="team">Who computes.</param>
    /// <param name="tier">How.</param>
    /// <param name="maxRows">Tokens of a batch at most.</param>
    /// <param name="bfloat16">Whether matrices are rounded to bfloat16 for products.</param>
    public TrainingPass(TrainableModel model, WorkerTeam team, KernelTier tier, int maxRows, bool bfloat16)
    {
        (_model, _maxRows, _rounds) = (model, maxRows, bfloat16);
        _team = new TrainingTeam(team, tier);
        _buffers = new PassBuffers(model.Shape, _team, maxRows);
        _layers = [.. model.Layers.Select(layer => new LayerPass(layer, model.Shape, _buffers, maxRows))];
        _final = new NativeBuffer<float>((long)maxRows * model.Shape.Hidden);
        _head = new LossHead(model, _buffers, maxRows);
        WeightsChanged();
    }

    /// <summary>Tokens of a batch at most.</summary>
    public int MaxRows => _maxRows;

    /// <summary>To be called when the master weights have moved.</summary>
    public void WeightsChanged()
    {
        if (_rounds)
        {
            Parameter[] matrices = [.. _model.Parameters.Concat(_model.Adapters).Where(parameter => !parameter.IsVector)];
            _team.ForEach(matrices.Length, (_, i) => matrices[i].RoundToBFloat16());
        }
    }

    /// <summary>The sum of cross-entropy over the batch's targets, in nats.</summary>
    public double Forward(TrainingBatch batch)
    {
        RunLayers(batch);
        return _head.Run(batch, _final.Pointer, scale: null);
    }

    /// <summary>Adds scale × the gradient of that sum to every parameter that trains; returns the sum.</summary>
    public double ForwardBackward(TrainingBatch batch, float scale)
    {
        RunLayers(batch);
        var loss = _head.Run(batch, _final.Pointer, scale);
        for (var i = _layers.Length - 1; i >= 0; i--)
        {
            _layers[i].Backward(batch);
        }
        if (_model.TokenEmbd.Trains)
        {
            AddEmbeddingGradient(batch);
        }
        return loss;
    }

    /// <summary>The most probable token after these.</summary>
    public int PredictNext(int[] tokens)
    {
        var batch = new TrainingBatch([new EncodedExample(tokens, new bool[tokens.Length])]);
        RunLayers(batch);
        return _head.MostProbable(_final.Pointer + ((long)(batch.Rows - 1) * _model.Shape.Hidden));
    }

    public void ClearGradients()
    {
        foreach (var parameter in _model.Trained)
        {
            NativeMemory.Clear(parameter.Gradient, (nuint)parameter.Length * sizeof(float));
        }
    }

    public void Dispose()
    {
        foreach (var layer in _layers)
        {
            layer.Dispose();
        }
        _final.Dispose();
        _head.Dispose();
        _buffers.Dispose();
        _team.Dispose();
    }

    private void RunLayers(TrainingBatch batch)
    {
        if (batch.Rows > _maxRows)
        {
            throw new ArgumentException($"The batch has {batch.Rows} tokens; this pass was made for {_maxRows}.", nameof(batch));
        }
        if (batch.Tokens.AsSpan().ContainsAnyExceptInRange(0, _model.Vocabulary - 1))
        {
            throw new ArgumentException($"The batch has a token outside of the vocabulary; accepted are 0 to {_model.Vocabulary - 1}.", nameof(batch));
        }
        Embed(batch, _layers[0].Input);
        for (var i = 0; i < _layers.Length; i++)
        {
            _layers[i].Forward(batch, i + 1 < _layers.Length ? _layers[i + 1].Input : _final.Pointer);
        }
    }

    private void Embed(TrainingBatch batch, float* x)
    {
        var (hidden, target) = (_model.Shape.Hidden, (nint)x);
        _team.ForRows(batch.Rows, (first, end) =>
        {
            for (var row = first; row < end; row++)
            {
                new ReadOnlySpan<float>(_model.TokenEmbd.Operand + ((long)batch.Tokens[row] * hidden), hidden)
                    .CopyTo(new Span<float>((float*)target + ((long)row * hidden), hidden));
            }
        });
    }

    /// <summary>A token's row gets the gradients of all its occurrences, in order; workers share the columns.</summary>
    private void AddEmbeddingGradient(TrainingBatch batch)
    {
        var hidden = _model.Shape.Hidden;
        _team.ForChunks(hidden, EmbeddingColumns, (first, end) =>
        {
            for (var row = 0; row < batch.Rows; row++)
            {
                VectorMath.Add(
                    _model.TokenEmbd.Gradient + ((long)batch.Tokens[row] * hidden) + first,
                    _buffers.HiddenGradient + ((long)row * hidden) + first, end - first);
            }
        });
    }
}

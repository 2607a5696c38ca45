using Slipway.Engine.Architectures;
using Slipway.Engine.Memory;
using Slipway.Engine.Training.Operations;

namespace Slipway.Engine.Training.Model;

/// <summary>What all layers of a pass share: who computes, the batch's layout, and the gradients on their way back.</summary>
/// <remarks>T rows of tokens, H hidden, Q query length, K key length, F feed-forward.</remarks>
internal sealed unsafe class PassBuffers : IDisposable
{
    /// <summary>Rows whose norm-weight gradients are summed by one worker; fixed, since it decides the order of additions.</summary>
    private const int ChunkRows = 128;

    private readonly NativeBuffer<float> _hidden;
    private readonly NativeBuffer<float> _normed;
    private readonly NativeBuffer<float> _query;
    private readonly NativeBuffer<float> _key;
    private readonly NativeBuffer<float> _value;
    private readonly NativeBuffer<float> _attended;
    private readonly NativeBuffer<float> _inner;
    private readonly NativeBuffer<float> _partial;
    private readonly int _partialLength;

    public PassBuffers(ModelShape shape, TrainingTeam team, int maxRows)
    {
        Team = team;
        Attention = new CausalAttention(shape.Heads, shape.KeyHeads, shape.HeadLength, team.Size, maxRows);
        Rotations = new RotationTable(shape.Scaling.Frequencies(shape.RopeBase, shape.HeadLength, divisors: null), shape.Scaling.Magnitude, maxRows);
        NativeBuffer<float> Rows(int length) => new((long)maxRows * length);
        (_hidden, _normed) = (Rows(shape.Hidden), Rows(shape.Hidden));
        (_query, _key, _value) = (Rows(shape.QueryLength), Rows(shape.KeyLength), Rows(shape.KeyLength));
        (_attended, _inner) = (Rows(shape.QueryLength), Rows(shape.FeedForward));
        _partialLength = Math.Max(shape.Hidden, shape.HeadLength);
        _partial = new NativeBuffer<float>((long)((maxRows / ChunkRows) + 1) * _partialLength);
    }

    public TrainingTeam Team { get; }

    public CausalAttention Attention { get; }

    public RotationTable Rotations { get; }

    /// <summary>[T][H] gradient of the residual stream.</summary>
    public float* HiddenGradient => _hidden.Pointer;

    /// <summary>[T][H] gradient of what a norm gave.</summary>
    public float* NormedGradient => _normed.Pointer;

    /// <summary>[T][Q].</summary>
    public float* QueryGradient => _query.Pointer;

    /// <summary>[T][K].</summary>
    public float* KeyGradient => _key.Pointer;

    /// <summary>[T][K].</summary>
    public float* ValueGradient => _value.Pointer;

    /// <summary>[T][Q] gradient of what attention read.</summary>
    public float* AttendedGradient => _attended.Pointer;

    /// <summary>[T][F] gradient inside the feed-forward layer.</summary>
    public float* InnerGradient => _inner.Pointer;

    /// <summary>
    /// Goes backward through a norm, row by row; <paramref name="row"/> gets the row and where its share of the weight's
    /// gradient is summed (null when the weight is frozen).
    /// </summary>
    public void SumOverRows(int rows, Parameter weight, RowGradient row)
    {
        var (partial, length, trains) = ((nint)_partial.Pointer, weight.Columns, weight.Trains);
        Team.ForChunks(rows, ChunkRows, (first, end) =>
        {
            var sums = trains ? (float*)partial + ((long)(first / ChunkRows) * _partialLength) : null;
            if (trains)
            {
                new Span<float>(sums, length).Clear();
            }
            for (var i = first; i < end; i++)
            {
                row(i, sums);
            }
        });
        for (var chunk = 0; trains && chunk * ChunkRows < rows; chunk++)
        {
            VectorMath.Add(weight.Gradient, _partial.Pointer + ((long)chunk * _partialLength), length);
        }
    }

    public void Dispose()
    {
        foreach (var owned in (IDisposable[])[Attention, Rotations, _hidden, _normed, _query, _key, _value, _attended, _inner, _partial])
        {
            owned.Dispose();
        }
    }
}

/// <summary>One row's way back through a norm.</summary>
internal unsafe delegate void RowGradient(int row, float* weightGradient);

using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Kernels;
using Slipway.Engine.Memory;

namespace Slipway.Engine.Quantization.Search;

/// <summary>
/// Q4_0, Q5_0, Q4_1 and Q5_1: 32 values with a scale, and in the last two a minimum, of a half each. Not for two threads at once.
/// The mathematics is in Search.md beside this file.
/// </summary>
internal sealed unsafe class ShortBlockSearch(KernelTier tier) : IDisposable
{
    private readonly CandidateSet _candidates = new(tier);
    private readonly NativeBuffer<float> _values = new(BlockLayout.Short);
    private readonly NativeBuffer<float> _weights = new(BlockLayout.Short);

    /// <summary>Q4_0 and Q5_0: encodes 32 finite values with a scale alone.</summary>
    public void EncodeSigned(ReadOnlySpan<float> x, Span<byte> block, int bits)
    {
        var unit = BlockUnit.Normalise(x, _values.Pointer);
        var group = Weigh();
        _candidates.Range = CodeRange.Signed(bits);
        var extreme = 0f;
        foreach (var value in new ReadOnlySpan<float>(_values.Pointer, BlockLayout.Short))
        {
            extreme = MathF.Abs(value) > MathF.Abs(extreme) ? value : extreme;
        }
        for (var lane = 0; lane < CandidateSet.Count; lane++)
        {
            _candidates.Set(lane, extreme / (_candidates.Range.Lowest + ((8 - lane) * 0.125f)), 0);
        }
        _candidates.Refit(group);
        _candidates.Set(0, extreme / _candidates.Range.Lowest, 0); // The plain rule: the result is never worse.
        StoreLanes(unit);
        var best = _candidates.Measure(group);
        BitConverter.TryWriteBytes(block, unit.Store(_candidates.Scales[best]));
        WriteCodes(group, best, block[2..], bits);
    }

    /// <summary>Q4_1 and Q5_1: encodes 32 finite values with a scale and a minimum.</summary>
    public void EncodeWithMinimum(ReadOnlySpan<float> x, Span<byte> block, int bits)
    {
        var unit = BlockUnit.Normalise(x, _values.Pointer);
        var group = Weigh();
        _candidates.Range = CodeRange.Unsigned(bits);
        var (low, high) = (_values.Pointer[0], _values.Pointer[0]);
        foreach (var value in new ReadOnlySpan<float>(_values.Pointer, BlockLayout.Short))
        {
            (low, high) = (MathF.Min(low, value), MathF.Max(high, value));
        }
        for (var lane = 0; lane < CandidateSet.Count; lane++)
        {
            _candidates.Set(lane, (high - low) / (_candidates.Range.Highest + ((lane - 8) * 0.125f)), low);
        }
        _candidates.RefitWithMinima(group, highestMinimum: float.PositiveInfinity);
        _candidates.Set(0, (high - low) / _candidates.Range.Highest, low);
        StoreLanes(unit);
        var best = _candidates.Measure(group);
        BitConverter.TryWriteBytes(block, unit.Store(_candidates.Scales[best]));
        BitConverter.TryWriteBytes(block[2..], unit.Store(_candidates.Minima[best]));
        WriteCodes(group, best, block[4..], bits);
    }

    public void Dispose()
    {
        _candidates.Dispose();
        _values.Dispose();
        _weights.Dispose();
    }

    private WeightedGroup Weigh()
    {
        Importance.Mixed(_values.Pointer, BlockLayout.Short, _weights.Pointer);
        return new WeightedGroup(_values.Pointer, _weights.Pointer, BlockLayout.Short);
    }

    /// <summary>Rounds every candidate to what a file holds, so that the best is chosen by what is read back.</summary>
    private void StoreLanes(BlockUnit unit)
    {
        for (var lane = 0; lane < CandidateSet.Count; lane++)
        {
            _candidates.Set(lane, unit.Read(unit.Store(_candidates.Scales[lane])), unit.Read(unit.Store(_candidates.Minima[lane])));
        }
    }

    private void WriteCodes(in WeightedGroup group, int lane, Span<byte> target, int bits)
    {
        Span<byte> codes = stackalloc byte[BlockLayout.Short];
        _candidates.WriteCodes(group, lane, codes);
        Quantizer.WriteCodes(codes, target, bits);
    }
}

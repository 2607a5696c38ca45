using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Kernels;
using Slipway.Engine.Memory;

namespace Slipway.Engine.Quantization.Search;

/// <summary>
/// Q4_K and Q5_K: eight runs of 32, each with a scale and a minimum of six bits. Not for two threads at once.
/// The mathematics is in Search.md beside this file.
/// </summary>
internal sealed unsafe class MinimumBlockSearch(KernelTier tier) : IDisposable
{
    private const int Runs = 8;
    private const int RunLength = BlockLayout.Long / Runs;
    private const int LargestNumber = 63;

    private readonly CandidateSet _candidates = new(tier);
    private readonly NativeBuffer<float> _values = new(BlockLayout.Long);
    private readonly NativeBuffer<float> _weights = new(BlockLayout.Long);

    /// <summary>Encodes a block.</summary>
    /// <param name="x">256 finite values.</param>
    /// <param name="block">All zero.</param>
    /// <param name="bits">Of a code: 4 or 5.</param>
    public void Encode(ReadOnlySpan<float> x, Span<byte> block, int bits)
    {
        var unit = BlockUnit.Normalise(x, _values.Pointer);
        if (unit.IsZero)
        {
            return;
        }
        _candidates.Range = CodeRange.Unsigned(bits);
        Span<float> scales = stackalloc float[Runs];
        Span<float> minima = stackalloc float[Runs];
        // :: 1. Each run by itself, as if its scale and minimum were stored exactly.
        for (var run = 0; run < Runs; run++)
        {
            Importance.Mixed(Run(run).Values, RunLength, Run(run).Weights);
            (scales[run], minima[run]) = Search(Run(run), bits);
        }
        // :: 2. Numbers of six bits for them, and a second try that starts from the plain rule: never worse than it.
        var found = Settle(unit, scales, minima);
        for (var run = 0; run < Runs; run++)
        {
            (scales[run], minima[run]) = PlainRule(Run(run));
        }
        var plain = Settle(unit, scales, minima);
        // :: 3. The codes that the stored numbers give.
        Write(unit, plain.Error < found.Error ? plain : found, block, bits);
    }

    public void Dispose()
    {
        _candidates.Dispose();
        _values.Dispose();
        _weights.Dispose();
    }

    private WeightedGroup Run(int run) => new(_values.Pointer + (run * RunLength), _weights.Pointer + (run * RunLength), RunLength);

    /// <summary>The best of sixteen scales around the plain one, each refitted.</summary>
    private (float Scale, float Minimum) Search(in WeightedGroup run, int bits)
    {
        var (low, high) = Bounds(run);
        low = MathF.Min(low, 0);
        if (high <= low)
        {
            return (0, -low);
        }
        var (first, step) = bits == 4 ? (-1f, 2f / 15) : (-0.5f, 1.5f / 15);
        for (var lane = 0; lane < CandidateSet.Count; lane++)
        {
            _candidates.Set(lane, (high - low) / (_candidates.Range.Highest + first + (lane * step)), low);
        }
        _candidates.RefitWithMinima(run, highestMinimum: 0);
        var best = _candidates.Measure(run);
        return (_candidates.Scales[best], -_candidates.Minima[best]);
    }

    private (float Scale, float Minimum) PlainRule(in WeightedGroup run)
    {
        var (low, high) = Bounds(run);
        (low, high) = (MathF.Min(low, 0), MathF.Max(high, 0));
        return ((high - low) / _candidates.Range.Highest, -low);
    }

    private static (float Low, float High) Bounds(in WeightedGroup run)
    {
        var (low, high) = (run.Values[0], run.Values[0]);
        for (var i = 1; i < RunLength; i++)
        {
            (low, high) = (MathF.Min(low, run.Values[i]), MathF.Max(high, run.Values[i]));
        }
        return (low, high);
    }

    /// <summary>
    /// The largest scale becomes 63 units, and so does the largest minimum; every run then takes the best of sixteen pairs of
    /// numbers around its own, by the error that the stored halves leave.
    /// </summary>
    private SuperblockChoice Settle(BlockUnit unit, ReadOnlySpan<float> scales, ReadOnlySpan<float> minima)
    {
        SuperblockChoice choice = default;
        choice.Scale = unit.Store(Largest(scales) / LargestNumber);
        choice.Minimum = unit.Store(Largest(minima) / LargestNumber);
        var (scale, minimum) = (unit.Read(choice.Scale), unit.Read(choice.Minimum));
        Span<(int Scale, int Minimum)> pairs = stackalloc (int, int)[CandidateSet.Count];
        for (var run = 0; run < Runs; run++)
        {
            var (s, m) = (Floor(scales[run], scale), Floor(minima[run], minimum));
            for (var lane = 0; lane < CandidateSet.Count; lane++)
            {
                pairs[lane] = (Math.Clamp(s - 1 + (lane % 4), 0, LargestNumber), Math.Clamp(m - 1 + (lane / 4), 0, LargestNumber));
                _candidates.Set(lane, scale * pairs[lane].Scale, -(minimum * pairs[lane].Minimum));
            }
            var best = _candidates.Measure(Run(run));
            (choice.Scales[run], choice.Minima[run]) = pairs[best];
            choice.Error += _candidates.Errors[best];
        }
        return choice;
    }

    private static int Floor(float value, float unit) => unit == 0 ? 0 : (int)MathF.Min(value / unit, LargestNumber);

    private static float Largest(ReadOnlySpan<float> values)
    {
        var largest = 0f;
        foreach (var value in values)
        {
            largest = MathF.Max(largest, value);
        }
        return largest;
    }

    private void Write(BlockUnit unit, in SuperblockChoice choice, Span<byte> block, int bits)
    {
        BitConverter.TryWriteBytes(block, choice.Scale);
        BitConverter.TryWriteBytes(block[2..], choice.Minimum);
        Span<byte> codes = stackalloc byte[RunLength];
        var nibbles = block[(bits == 4 ? 16 : 48)..];
        for (var run = 0; run < Runs; run++)
        {
            SuperblockQuantizer.PackScale(block[4..16], run, choice.Scales[run], choice.Minima[run]);
            _candidates.Set(0, unit.Read(choice.Scale) * choice.Scales[run], -(unit.Read(choice.Minimum) * choice.Minima[run]));
            _candidates.WriteCodes(Run(run), lane: 0, codes);
            for (var i = 0; i < RunLength; i++)
            {
                nibbles[(run / 2 * RunLength) + i] |= (byte)((codes[i] & 15) << (run % 2 * 4));
            }
            for (var i = 0; bits == 5 && i < RunLength; i++)
            {
                block[16 + i] |= (byte)((codes[i] >> 4) << run);
            }
        }
    }
}

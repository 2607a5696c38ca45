using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Kernels;
using Slipway.Engine.Memory;

namespace Slipway.Engine.Quantization.Search;

/// <summary>
/// Q6_K: sixteen groups of 16, each with a scale of a signed byte. Not for two threads at once.
/// The mathematics is in Search.md beside this file.
/// </summary>
internal sealed unsafe class SignedBlockSearch(KernelTier tier) : IDisposable
{
    private const int Groups = 16;
    private const int GroupLength = BlockLayout.Long / Groups;

    private readonly CandidateSet _candidates = new(tier) { Range = CodeRange.Signed(6) };
    private readonly NativeBuffer<float> _values = new(BlockLayout.Long);
    private readonly NativeBuffer<float> _weights = new(BlockLayout.Long);

    /// <summary>Encodes 256 finite values into a block that is all zero.</summary>
    public void Encode(ReadOnlySpan<float> x, Span<byte> block)
    {
        var unit = BlockUnit.Normalise(x, _values.Pointer);
        Importance.Squared(_values.Pointer, BlockLayout.Long, _weights.Pointer);
        Span<float> searched = stackalloc float[Groups];
        Span<float> plain = stackalloc float[Groups];
        for (var group = 0; group < Groups; group++)
        {
            var extreme = Extreme(Group(group));
            searched[group] = Search(Group(group), extreme);
            plain[group] = MathF.Abs(extreme) / _candidates.Range.Highest;
        }
        // The scale furthest from zero becomes −128 units: the byte reaches one further there.
        var found = Settle(unit, searched, Furthest(searched) / sbyte.MinValue);
        var other = Settle(unit, plain, Furthest(plain) / sbyte.MaxValue);
        Write(unit, other.Error < found.Error ? other : found, block);
    }

    public void Dispose()
    {
        _candidates.Dispose();
        _values.Dispose();
        _weights.Dispose();
    }

    private WeightedGroup Group(int group) => new(_values.Pointer + (group * GroupLength), _weights.Pointer + (group * GroupLength), GroupLength);

    /// <summary>The value of largest magnitude, with its sign.</summary>
    private static float Extreme(in WeightedGroup group)
    {
        var extreme = 0f;
        for (var i = 0; i < group.Count; i++)
        {
            extreme = MathF.Abs(group.Values[i]) > MathF.Abs(extreme) ? group.Values[i] : extreme;
        }
        return extreme;
    }

    /// <summary>The best of sixteen scales that put the extreme value near the lowest code, each refitted.</summary>
    private float Search(in WeightedGroup group, float extreme)
    {
        if (extreme == 0)
        {
            return 0;
        }
        for (var lane = 0; lane < CandidateSet.Count; lane++)
        {
            _candidates.Set(lane, extreme / (_candidates.Range.Lowest + ((8 - lane) * 0.125f)), 0);
        }
        _candidates.Refit(group);
        return _candidates.Scales[_candidates.Measure(group)];
    }

    /// <summary>Every group takes the best of sixteen whole numbers around its own, by the error that the stored half leaves.</summary>
    private SuperblockChoice Settle(BlockUnit unit, ReadOnlySpan<float> scales, float shared)
    {
        SuperblockChoice choice = default;
        choice.Scale = unit.Store(shared);
        var scale = unit.Read(choice.Scale);
        Span<int> numbers = stackalloc int[CandidateSet.Count];
        for (var group = 0; group < Groups; group++)
        {
            var nearest = scale == 0 ? 0 : (int)Math.Clamp(MathF.Round(scales[group] / scale), sbyte.MinValue, sbyte.MaxValue);
            for (var lane = 0; lane < CandidateSet.Count; lane++)
            {
                numbers[lane] = Math.Clamp(nearest - 7 + lane, sbyte.MinValue, sbyte.MaxValue);
                _candidates.Set(lane, scale * numbers[lane], 0);
            }
            var best = _candidates.Measure(Group(group));
            choice.Scales[group] = numbers[best];
            choice.Error += _candidates.Errors[best];
        }
        return choice;
    }

    private static float Furthest(ReadOnlySpan<float> scales)
    {
        var furthest = 0f;
        foreach (var scale in scales)
        {
            furthest = MathF.Abs(scale) > MathF.Abs(furthest) ? scale : furthest;
        }
        return furthest;
    }

    private void Write(BlockUnit unit, in SuperblockChoice choice, Span<byte> block)
    {
        BitConverter.TryWriteBytes(block[208..], choice.Scale);
        Span<byte> codes = stackalloc byte[GroupLength];
        for (var group = 0; group < Groups; group++)
        {
            block[192 + group] = (byte)(sbyte)choice.Scales[group];
            _candidates.Set(0, unit.Read(choice.Scale) * choice.Scales[group], 0);
            _candidates.WriteCodes(Group(group), lane: 0, codes);
            var first = group * GroupLength;
            var (half, run, lane) = (first / 128, first % 128 / 32, first % 32);
            for (var i = 0; i < GroupLength; i++)
            {
                var code = codes[i];
                block[(half * 64) + (run % 2 * 32) + lane + i] |= (byte)((code & 15) << (run / 2 * 4));
                block[128 + (half * 32) + lane + i] |= (byte)((code >> 4) << (run * 2));
            }
        }
    }
}

using Slipway.Engine.Architectures;
using Slipway.Engine.Cache;
using Slipway.Engine.Kernels.Attention;
using Slipway.Engine.Memory;

namespace Slipway.Engine.Tests.Kernels;

/// <summary>Attention over what the cache holds, against double-precision loops over the same.</summary>
public sealed unsafe class AttentionTests
{
    private const int Layers = 2;
    private const int Layer = 1;
    private const int Blocks = 32;

    /// <summary>First position and tokens of each sequence: decoding, guessing, prompts, at and around the edges of blocks and tiles.</summary>
    private static readonly (int Position, int Count)[] Sequences =
    [
        (0, 1), (30, 1), (31, 1), (32, 1), (95, 1), (200, 1), (61, 5), (0, 17), (0, 33), (45, 40),
    ];

    public static TheoryData<KvFormat, int, int, int> Shapes()
    {
        var shapes = new TheoryData<KvFormat, int, int, int>();
        foreach (var format in Enum.GetValues<KvFormat>())
        {
            foreach (var length in new[] { 32, 64, 96, 128 })
            {
                shapes.Add(format, length, 1, 1);
                shapes.Add(format, length, 6, 2);
                shapes.Add(format, length, 7, 1);
            }
        }
        shapes.Add(KvFormat.F16, 40, 4, 2);
        return shapes;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void It_is_the_softmax_of_what_the_cache_holds_to_rounding(KvFormat format, int length, int heads, int keyHeads)
    {
        var random = new Random(length + heads);
        using var pool = new KvPool(format, Blocks, Layers, keyHeads, length);
        var step = MakeStep();
        using var query = Filled(random, step.Rows * heads * length);
        Fill(pool, keyHeads, random);

        using var output = Attend(pool, step, query, heads, keyHeads);

        for (var row = 0; row < step.Rows; row++)
        {
            for (var head = 0; head < heads; head++)
            {
                var at = ((row * heads) + head) * length;
                var expected = Reference(pool, step, row, head / (heads / keyHeads), query.Span.Slice(at, length));
                // A score is a sum of up to 128 products of about 1, a weight's error is its score's.
                Assert.InRange(LargestError(expected, output.Span.Slice(at, length)), 0, 2e-5);
            }
        }
    }

    private static double LargestError(double[] expected, ReadOnlySpan<float> actual)
    {
        var largest = 0.0;
        for (var i = 0; i < expected.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs(expected[i] - actual[i])); // No number stays none, and that is in no range.
        }
        return largest;
    }

    private static double[] Reference(KvPool pool, Step step, int row, int keyHead, ReadOnlySpan<float> query)
    {
        var (length, blocks) = (pool.HeadLength, step.Spans[step.SpanOfRow[row]].Blocks);
        var (keys, values) = (new float[KvPool.BlockTokens * length], new float[KvPool.BlockTokens * length]);
        var (result, total) = (new double[length], 0.0);
        for (var position = 0; position <= step.Positions[row]; position++)
        {
            var (block, token) = (blocks[position / KvPool.BlockTokens], position % KvPool.BlockTokens);
            fixed (float* wideKeys = keys, wideValues = values)
            {
                pool.Rows.WidenKeys(pool.Keys(block, Layer, keyHead), wideKeys);
                pool.Rows.WidenValues(pool.Values(block, Layer, keyHead), wideValues);
            }
            var score = 0.0;
            for (var i = 0; i < length; i++)
            {
                score += (double)query[i] * keys[(i * KvPool.BlockTokens) + token];
            }
            var weight = Math.Exp(score / Math.Sqrt(length));
            total += weight;
            for (var i = 0; i < length; i++)
            {
                result[i] += weight * values[(token * length) + i];
            }
        }
        return [.. result.Select(value => value / total)];
    }

    private static NativeBuffer<float> Attend(KvPool pool, Step step, NativeBuffer<float> query, int heads, int keyHeads)
    {
        var output = new NativeBuffer<float>(query.Length);
        using var team = new WorkerTeam(2);
        using var task = new AttentionTask(pool, heads, keyHeads, team.Size);
        task.Prepare(step);
        task.Set(Layer, query.Pointer, output.Pointer);
        team.Run(task);
        return output;
    }

    private static Step MakeStep()
    {
        var step = new Step(Sequences.Sum(sequence => sequence.Count), Sequences.Length, maxOutputs: 1);
        var next = Blocks;
        foreach (var (position, count) in Sequences)
        {
            // From the last block downwards, so that no sequence's lie in the order of its text.
            var blocks = Enumerable.Range(0, ((position + count - 1) / KvPool.BlockTokens) + 1).Select(_ => --next).ToArray();
            step.Add(new int[count], position, blocks, outputs: 0);
        }
        return step;
    }

    /// <summary>All of it, what lies past the ends of the sequences too: that must count for nothing.</summary>
    private static void Fill(KvPool pool, int keyHeads, Random random)
    {
        for (var block = 0; block < Blocks; block++)
        {
            for (var item = 0; item < Layers * keyHeads * KvPool.BlockTokens; item++)
            {
                var (layer, head, token) = (item % Layers, item / Layers % keyHeads, item / Layers / keyHeads);
                using var row = Filled(random, 2 * pool.HeadLength);
                pool.Rows.StoreKey(row.Pointer, pool.Keys(block, layer, head), token);
                pool.Rows.StoreValue(row.Pointer + pool.HeadLength, pool.Values(block, layer, head), token);
            }
        }
    }

    /// <summary>Numbers from −1.7 to 1.7, whose variance is 1.</summary>
    private static NativeBuffer<float> Filled(Random random, int count)
    {
        var buffer = new NativeBuffer<float>(count);
        foreach (ref var value in buffer.Span)
        {
            value = (float)((random.NextDouble() - 0.5) * Math.Sqrt(12));
        }
        return buffer;
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Slipway.Engine.Cache;

namespace Slipway.Engine.Kernels.Attention;

/// <summary>
/// softmax(q · Kᵀ · scale) · V over one block of 32 keys, folded into a running maximum, total and weighted sum
/// (Milakov and Gimelshein 2018, arXiv:1805.02867). Blocks begin at multiples of 32 and come in order, so a query's
/// result does not depend on which other queries are computed beside it.
/// </summary>
internal static unsafe class BlockAttention
{
    private const int Lanes = 8;

    /// <summary>Folds keys 0 to <paramref name="valid"/> − 1 of the block into the state of one query.</summary>
    /// <param name="query">[length].</param>
    /// <param name="output">[length], the weighted sum so far, not yet divided by the total.</param>
    /// <param name="index">Number of the query in the scratch.</param>
    /// <param name="valid">Keys that the query may see, 1 to 32.</param>
    /// <param name="scale">Factor of the scores.</param>
    /// <param name="length">Values per head, a multiple of 8.</param>
    /// <param name="scratch">The block and the running state.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Fold(float* query, float* output, int index, int valid, float scale, int length, AttentionScratch scratch)
    {
        var scores = scratch.Scores;
        var largest = Score(query, scratch.Keys, scores, valid, scale, length);
        var before = scratch.Maxima[index];
        var maximum = MathF.Max(before, largest);
        if (maximum > before)
        {
            var shrink = MathF.Exp(before - maximum);
            scratch.Totals[index] *= shrink;
            for (var i = 0; i < length; i += Lanes)
            {
                (Vector256.Load(output + i) * shrink).Store(output + i);
            }
            scratch.Maxima[index] = maximum;
        }
        Vector256<float> total = default;
        for (var i = 0; i < KvPool.BlockTokens; i += Lanes)
        {
            var weight = Vector256.Exp(Vector256.Load(scores + i) - Vector256.Create(maximum));
            weight.Store(scores + i);
            total += weight;
        }
        scratch.Totals[index] += Vector256.Sum(total);
        AddValues(scores, scratch.Values, output, valid, length);
    }

    /// <summary>Scores of all 32 keys, those past <paramref name="valid"/> at −∞; returns the largest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Score(float* query, float* keys, float* scores, int valid, float scale, int length)
    {
        Vector256<float> a = default, b = default, c = default, d = default;
        for (var i = 0; i < length; i++, keys += KvPool.BlockTokens)
        {
            var q = Vector256.Create(query[i]);
            a = Vector256.FusedMultiplyAdd(Vector256.Load(keys), q, a);
            b = Vector256.FusedMultiplyAdd(Vector256.Load(keys + 8), q, b);
            c = Vector256.FusedMultiplyAdd(Vector256.Load(keys + 16), q, c);
            d = Vector256.FusedMultiplyAdd(Vector256.Load(keys + 24), q, d);
        }
        (a * scale).Store(scores);
        (b * scale).Store(scores + 8);
        (c * scale).Store(scores + 16);
        (d * scale).Store(scores + 24);
        for (var i = valid; i < KvPool.BlockTokens; i++)
        {
            scores[i] = float.NegativeInfinity;
        }
        var largest = Vector256.Max(
            Vector256.Max(Vector256.Load(scores), Vector256.Load(scores + 8)),
            Vector256.Max(Vector256.Load(scores + 16), Vector256.Load(scores + 24)));
        var half = Vector128.Max(largest.GetLower(), largest.GetUpper());
        return MathF.Max(MathF.Max(half[0], half[1]), MathF.Max(half[2], half[3]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddValues(float* weights, float* values, float* output, int valid, int length)
    {
        var i = 0;
        for (; i <= length - 32; i += 32)
        {
            var (a, b) = (Vector256.Load(output + i), Vector256.Load(output + i + 8));
            var (c, d) = (Vector256.Load(output + i + 16), Vector256.Load(output + i + 24));
            var row = values + i;
            for (var key = 0; key < valid; key++, row += length)
            {
                var weight = Vector256.Create(weights[key]);
                a = Vector256.FusedMultiplyAdd(Vector256.Load(row), weight, a);
                b = Vector256.FusedMultiplyAdd(Vector256.Load(row + 8), weight, b);
                c = Vector256.FusedMultiplyAdd(Vector256.Load(row + 16), weight, c);
                d = Vector256.FusedMultiplyAdd(Vector256.Load(row + 24), weight, d);
            }
            a.Store(output + i);
            b.Store(output + i + 8);
            c.Store(output + i + 16);
            d.Store(output + i + 24);
        }
        for (; i < length; i += Lanes)
        {
            var sum = Vector256.Load(output + i);
            for (var key = 0; key < valid; key++)
            {
                sum = Vector256.FusedMultiplyAdd(Vector256.Load(values + (key * length) + i), Vector256.Create(weights[key]), sum);
            }
            sum.Store(output + i);
        }
    }
}

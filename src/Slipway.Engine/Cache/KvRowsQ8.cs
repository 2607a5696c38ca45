using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Kernels;

namespace Slipway.Engine.Cache;

/// <summary>
/// The bytes and scales of Q8_0, each in a plane of their own so that both are read in whole vectors. Keys: bytes
/// [head length][32 tokens], then scales [head length / 32][32 tokens]. Values: bytes [32 tokens][head length], then
/// scales [32 tokens][head length / 32]. A byte times a half has 19 bits at most, so what is read is exactly what was stored.
/// </summary>
internal sealed unsafe class KvRowsQ8(int headLength) : KvRows(headLength)
{
    /// <summary>Values of a row that share a scale.</summary>
    public const int Group = BlockLayout.Short;

    private const int Tokens = KvPool.BlockTokens;
    private const int Lanes = 8;

    public override int ByteSize => Tokens * (HeadLength / Group) * BlockLayout.Q8_0;

    private int Groups => HeadLength / Group;

    public override void StoreKey(float* key, byte* keys, int token)
    {
        var codes = stackalloc sbyte[Group];
        var scales = Scales(keys);
        for (var group = 0; group < Groups; group++)
        {
            scales[(group * Tokens) + token] = HalfFloat.FromSingle(ActivationQuantizer.ComputeVector256(key + (group * Group), codes));
            var target = (sbyte*)keys + (group * Group * Tokens) + token;
            for (var i = 0; i < Group; i++)
            {
                target[i * Tokens] = codes[i];
            }
        }
    }

    public override void StoreValue(float* value, byte* values, int token)
    {
        var codes = (sbyte*)values + (token * HeadLength);
        var scales = Scales(values) + (token * Groups);
        for (var group = 0; group < Groups; group++)
        {
            scales[group] = HalfFloat.FromSingle(ActivationQuantizer.ComputeVector256(value + (group * Group), codes + (group * Group)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void WidenKeys(byte* keys, float* target)
    {
        var codes = (sbyte*)keys;
        var scales = Scales(keys);
        for (var group = 0; group < Groups; group++, scales += Tokens)
        {
            var (a, b) = (HalfFloat.Load(scales), HalfFloat.Load(scales + Lanes));
            var (c, d) = (HalfFloat.Load(scales + (2 * Lanes)), HalfFloat.Load(scales + (3 * Lanes)));
            for (var i = 0; i < Group; i++, codes += Tokens, target += Tokens)
            {
                Widen(codes, a, b, c, d, target);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void WidenValues(byte* values, float* target)
    {
        var codes = (sbyte*)values;
        var scales = Scales(values);
        var halves = HalfFloat.TablePointer;
        for (var group = 0; group < Tokens * Groups; group++, codes += Group, target += Group)
        {
            var scale = Vector256.Create(halves[scales[group]]);
            Widen(codes, scale, scale, scale, scale, target);
        }
    }

    private ushort* Scales(byte* rows) => (ushort*)(rows + (Tokens * HeadLength));

    /// <summary>32 bytes as singles, each eight times their scales.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Widen(sbyte* codes, Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d, float* target)
    {
        var (low, high) = Vector256.Widen(Vector256.Load(codes));
        var (first, second) = Vector256.Widen(low);
        var (third, fourth) = Vector256.Widen(high);
        (Vector256.ConvertToSingle(first) * a).Store(target);
        (Vector256.ConvertToSingle(second) * b).Store(target + Lanes);
        (Vector256.ConvertToSingle(third) * c).Store(target + (2 * Lanes));
        (Vector256.ConvertToSingle(fourth) * d).Store(target + (3 * Lanes));
    }
}

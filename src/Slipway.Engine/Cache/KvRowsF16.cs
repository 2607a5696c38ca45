using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Slipway.Engine.Kernels;

namespace Slipway.Engine.Cache;

/// <summary>Halves: keys [head length][32], values [32][head length]. Heads of a multiple of 8 values.</summary>
internal sealed unsafe class KvRowsF16(int headLength) : KvRows(headLength)
{
    private const int Lanes = 8;

    public override int ByteSize => KvPool.BlockTokens * HeadLength * sizeof(ushort);

    public override void StoreKey(float* key, byte* keys, int token)
    {
        var target = (ushort*)keys + token;
        for (var i = 0; i < HeadLength; i += Lanes)
        {
            var halves = HalfFloat.FromSingle(Vector256.Load(key + i));
            for (var lane = 0; lane < Lanes; lane++)
            {
                target[(i + lane) * KvPool.BlockTokens] = (ushort)halves[lane];
            }
        }
    }

    public override void StoreValue(float* value, byte* values, int token)
    {
        var target = (ushort*)values + (token * HeadLength);
        for (var i = 0; i < HeadLength; i += Lanes)
        {
            var halves = HalfFloat.FromSingle(Vector256.Load(value + i));
            Vector128.Narrow(halves.GetLower(), halves.GetUpper()).Store(target + i);
        }
    }

    public override void WidenKeys(byte* keys, float* target) => Widen((ushort*)keys, target, KvPool.BlockTokens * HeadLength);

    public override void WidenValues(byte* values, float* target) => Widen((ushort*)values, target, KvPool.BlockTokens * HeadLength);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Widen(ushort* source, float* target, int count)
    {
        for (var i = 0; i < count; i += Lanes)
        {
            HalfFloat.Load(source + i).Store(target + i);
        }
    }
}

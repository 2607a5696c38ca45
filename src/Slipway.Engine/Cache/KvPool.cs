using Slipway.Engine.Memory;

namespace Slipway.Engine.Cache;

/// <summary>
/// Keys and values of all layers in blocks of <see cref="BlockTokens"/> tokens, as halves. Within a block, layer and head:
/// keys [head length][32 tokens], so that one vector holds the same dimension of neighbouring keys; then values [32 tokens][head length].
/// </summary>
internal sealed unsafe class KvPool : IDisposable
{
    /// <summary>Tokens per block.</summary>
    public const int BlockTokens = 32;

    private readonly NativeBuffer<ushort> _halves;
    private readonly long _headStride;
    private readonly long _layerStride;
    private readonly long _blockStride;

    public KvPool(int blocks, int layers, int heads, int headLength)
    {
        Blocks = blocks;
        HeadLength = headLength;
        _headStride = 2L * BlockTokens * headLength;
        _layerStride = _headStride * heads;
        _blockStride = _layerStride * layers;
        _halves = new NativeBuffer<ushort>(checked(_blockStride * blocks));
    }

    public int Blocks { get; }

    public int HeadLength { get; }

    /// <summary>Bytes that one block takes.</summary>
    public long BlockBytes => _blockStride * sizeof(ushort);

    /// <summary>[head length][32].</summary>
    public ushort* Keys(int block, int layer, int head) =>
        _halves.Pointer + (block * _blockStride) + (layer * _layerStride) + (head * _headStride);

    /// <summary>[32][head length].</summary>
    public ushort* Values(int block, int layer, int head) => Keys(block, layer, head) + (BlockTokens * HeadLength);

    public void Dispose() => _halves.Dispose();
}

using Slipway.Engine.Memory;

namespace Slipway.Engine.Cache;

/// <summary>
/// Keys and values of all layers in blocks of <see cref="BlockTokens"/> tokens: [block][layer][head], there the keys of
/// the head and then its values, as <see cref="Rows"/> lays them out.
/// </summary>
internal sealed unsafe class KvPool : IDisposable
{
    /// <summary>Tokens per block.</summary>
    public const int BlockTokens = 32;

    private readonly NativeBuffer<byte> _bytes;
    private readonly long _headStride;
    private readonly long _layerStride;
    private readonly long _blockStride;

    /// <exception cref="Formats.ModelFormatException">The format does not take heads of this length.</exception>
    public KvPool(KvFormat format, int blocks, int layers, int heads, int headLength)
    {
        Rows = KvRows.Create(format, headLength);
        Blocks = blocks;
        _headStride = 2L * Rows.ByteSize;
        _layerStride = _headStride * heads;
        _blockStride = _layerStride * layers;
        _bytes = new NativeBuffer<byte>(checked(_blockStride * blocks));
    }

    /// <summary>What stores and reads the rows of a block.</summary>
    public KvRows Rows { get; }

    public int Blocks { get; }

    public int HeadLength => Rows.HeadLength;

    /// <summary>Bytes of all blocks.</summary>
    public long ByteSize => _bytes.Length;

    public byte* Keys(int block, int layer, int head) =>
        _bytes.Pointer + (block * _blockStride) + (layer * _layerStride) + (head * _headStride);

    public byte* Values(int block, int layer, int head) => Keys(block, layer, head) + Rows.ByteSize;

    public void Dispose() => _bytes.Dispose();
}

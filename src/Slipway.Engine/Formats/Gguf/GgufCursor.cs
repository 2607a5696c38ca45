using System.Buffers.Binary;

namespace Slipway.Engine.Formats.Gguf;

/// <summary>Reads forward through a mapped file and never past its end.</summary>
internal unsafe struct GgufCursor(string path, byte* start, long length)
{
    private long _position;

    public readonly long Position => _position;

    public readonly long Remaining => length - _position;

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>A count of things that take at least <paramref name="least"/> bytes each, so that none is believed that cannot be there.</summary>
    public long ReadCount(string what, int least)
    {
        var at = _position;
        var count = ReadUInt64();
        return count <= (ulong)(Remaining / least)
            ? (long)count
            : throw Fault($"{what} is {count}, more than the rest of the file can hold", at);
    }

    /// <summary>Skips a string; returns where its text begins and how long it is.</summary>
    public ReadOnlySpan<byte> ReadString(string what)
    {
        var at = _position;
        var bytes = ReadUInt64();
        return bytes <= (ulong)Math.Min(Remaining, 1 << 30)
            ? Take((int)bytes)
            : throw Fault($"the length of {what} is {bytes}, with {Remaining} bytes left in the file", at);
    }

    public ReadOnlySpan<byte> Take(int count)
    {
        if (count > Remaining)
        {
            throw Fault("the file ends in the middle of its header", _position);
        }
        var span = new ReadOnlySpan<byte>(start + _position, count);
        _position += count;
        return span;
    }

    public void Skip(long count)
    {
        if (count > Remaining)
        {
            throw Fault("the file ends in the middle of its header", _position);
        }
        _position += count;
    }

    public readonly ModelFormatException Fault(string what, long at) => new($"'{path}': {what} (at byte {at}).");
}

using System.Buffers.Binary;
using System.Numerics;
using Microsoft.Win32.SafeHandles;

namespace Slipway.Server.Features.Runs.Logs;

/// <summary>
/// A position as the index keeps it: 56 bytes, little-endian. The witness is a checksum of the output's last bytes before the
/// position, so that an index of another file is known for one.
/// </summary>
internal static class LogCheckpoint
{
    public const int Bytes = 56;

    /// <summary>Of no bytes: at the begin of an output.</summary>
    public const uint NoWitness = uint.MaxValue;

    private const int WitnessBytes = 64;
    private const int ChecksumAt = Bytes - sizeof(uint);

    public static void Write(Span<byte> to, LogPosition position, uint witness)
    {
        BinaryPrimitives.WriteInt64LittleEndian(to, position.Offset);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], position.Counts.Debug);
        BinaryPrimitives.WriteInt64LittleEndian(to[16..], position.Counts.Info);
        BinaryPrimitives.WriteInt64LittleEndian(to[24..], position.Counts.Warning);
        BinaryPrimitives.WriteInt64LittleEndian(to[32..], position.Counts.Error);
        BinaryPrimitives.WriteInt64LittleEndian(to[40..], position.State.Pack() | ((long)witness << 16));
        BinaryPrimitives.WriteInt32LittleEndian(to[48..], 0);
        BinaryPrimitives.WriteUInt32LittleEndian(to[ChecksumAt..], Checksum(to[..ChecksumAt]));
    }

    /// <summary>False when these bytes are no checkpoint.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out LogPosition position, out uint witness)
    {
        var packed = BinaryPrimitives.ReadInt64LittleEndian(from[40..]);
        witness = (uint)(packed >> 16);
        position = new(
            BinaryPrimitives.ReadInt64LittleEndian(from),
            new(
                BinaryPrimitives.ReadInt64LittleEndian(from[8..]),
                BinaryPrimitives.ReadInt64LittleEndian(from[16..]),
                BinaryPrimitives.ReadInt64LittleEndian(from[24..]),
                BinaryPrimitives.ReadInt64LittleEndian(from[32..])),
            LineState.Unpack((ushort)packed));
        return BinaryPrimitives.ReadUInt32LittleEndian(from[ChecksumAt..]) == Checksum(from[..ChecksumAt]) && position.Offset > 0;
    }

    /// <summary>Of the output's bytes before <paramref name="offset"/>.</summary>
    public static uint Witness(SafeFileHandle output, long offset)
    {
        Span<byte> before = stackalloc byte[WitnessBytes];
        var start = Math.Max(0, offset - WitnessBytes);
        var read = RandomAccess.Read(output, before[..(int)(offset - start)], start);
        return Checksum(before[..read]);
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var sum = NoWitness;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }
        foreach (var value in bytes)
        {
            sum = BitOperations.Crc32C(sum, value);
        }
        return sum;
    }
}

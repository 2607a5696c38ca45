using System.Buffers.Binary;

namespace Slipway.Server.Features.Gateway.Routing;

/// <summary>A hash that is the same in every process, so that several gateways send a conversation to the same replica.</summary>
internal static class PrefixHash
{
    // 2^64 divided by the golden ratio: spreads what differs in few bits over all of them.
    private const ulong Golden = 0x9E3779B97F4A7C15;

    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        var hash = (ulong)bytes.Length;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            hash = Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        ulong rest = 0;
        foreach (var value in bytes)
        {
            rest = (rest << 8) | value;
        }

        return Mix(hash, rest);
    }

    public static ulong Mix(ulong hash, ulong value)
    {
        hash = (hash ^ value) * Golden;
        return hash ^ (hash >> 29);
    }
}

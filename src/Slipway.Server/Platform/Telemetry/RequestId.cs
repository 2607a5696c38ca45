using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Slipway.Server.Platform.Telemetry;

/// <summary>The name under which client, log and answer speak of the same request.</summary>
internal static class RequestId
{
    public const string Header = "x-request-id";

    private const int Longest = 128;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.:");

    // Where this process begins to count; what it counts is mixed, so ids of the same millisecond look unrelated.
    private static long _count = BinaryPrimitives.ReadInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(long)));

    /// <summary>The client's own id where it can stand in a log line as it is; else a new one.</summary>
    public static string Of(string? sent, TimeProvider clock) =>
        sent is { Length: > 0 and <= Longest } && !sent.AsSpan().ContainsAnyExcept(Allowed) ? sent : New(clock.GetUtcNow());

    /// <summary>A version 7 UUID (RFC 9562). No secret: it is made without the system call that good chance costs.</summary>
    private static string New(DateTimeOffset now)
    {
        const ulong Version = 0x7000, Variant = 0x8000_0000_0000_0000;
        var chance = Mix((ulong)Interlocked.Increment(ref _count));
        Span<byte> id = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(id, ((ulong)now.ToUnixTimeMilliseconds() << 16) | Version | (chance >> 62));
        BinaryPrimitives.WriteUInt64BigEndian(id[8..], Variant | (chance & ~(3UL << 62)));
        return Convert.ToHexStringLower(id);
    }

    // The finalizer of SplitMix64 (Steele, Lea and Flood 2014): one to one, so no two calls of a process get the same.
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return value ^ (value >> 31);
    }
}

using System.Buffers.Binary;
using System.Text;

namespace Slipway.Server.Aws.EventStreams;

/// <summary>One message of an event stream. Valid until the next one is read.</summary>
/// <param name="Headers">As they came.</param>
/// <param name="Payload">The message itself.</param>
internal readonly record struct EventStreamFrame(ReadOnlyMemory<byte> Headers, ReadOnlyMemory<byte> Payload)
{
    private const byte StringType = 7;

    /// <summary>Whether a header is there and says <paramref name="value"/>.</summary>
    public bool Says(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => TryFind(name, out var found) && found.SequenceEqual(value);

    /// <summary>A header's text; null where there is none.</summary>
    public string? Text(ReadOnlySpan<byte> name) => TryFind(name, out var found) ? Encoding.UTF8.GetString(found) : null;

    /// <exception cref="InvalidDataException">The headers do not add up.</exception>
    private bool TryFind(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var rest = Headers.Span;
        while (!rest.IsEmpty)
        {
            var afterName = 1 + rest[0];
            var type = Slice(rest, afterName, 1)[0];
            var length = ValueLength(type, rest[(afterName + 1)..]);
            value = Slice(rest, afterName + 1, length);
            if (type == StringType && rest[1..afterName].SequenceEqual(name))
            {
                value = value[2..];
                return true;
            }
            rest = rest[(afterName + 1 + length)..];
        }
        value = default;
        return false;
    }

    /// <summary>By type: two booleans, four integers, bytes and text with a length before them, a time, a GUID.</summary>
    private static int ValueLength(byte type, ReadOnlySpan<byte> rest) => type switch
    {
        0 or 1 => 0,
        2 => 1,
        3 => 2,
        4 => 4,
        5 or 8 => 8,
        6 or StringType when rest.Length >= 2 => 2 + BinaryPrimitives.ReadUInt16BigEndian(rest),
        9 => 16,
        _ => throw new InvalidDataException($"A header has the type {type}; types go from 0 to 9."),
    };

    private static ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> rest, int start, int length) => start + length <= rest.Length
        ? rest.Slice(start, length)
        : throw new InvalidDataException("A header is longer than the headers.");
}

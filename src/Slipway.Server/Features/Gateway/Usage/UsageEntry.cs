using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Unicode;

namespace Slipway.Server.Features.Gateway.Usage;

/// <summary>What one call came to.</summary>
/// <param name="KeyId">The key's, or <see cref="WithoutKey"/>.</param>
/// <param name="Model">Its public name.</param>
/// <param name="Tokens">As the upstream counted them.</param>
/// <param name="Cost">In billionths of a dollar.</param>
internal readonly record struct UsageEntry(string KeyId, string Model, TokenUsage Tokens, long Cost)
{
    /// <summary>Stands for calls from the machine itself while no key is configured.</summary>
    public const string WithoutKey = "none";

    private const int LongestName = 256;

    /// <summary>
    /// Writes the line of a journal: a checksum over the rest, the time in milliseconds, six numbers, then the two names.
    /// </summary>
    public void WriteLine(ArrayBufferWriter<byte> output, long time)
    {
        var (key, model) = (Plain(KeyId), Plain(Model));
        // Room for the checksum, six numbers and the time, and names whose every character takes three bytes.
        var bytes = output.GetSpan(9 + (8 * 21) + (3 * (key.Length + model.Length)));
        if (!Utf8.TryWrite(
            bytes[9..], CultureInfo.InvariantCulture,
            $"{time}\t{Tokens.Prompt}\t{Tokens.Completion}\t{Tokens.Cached}\t{Tokens.Reasoning}\t{Cost}\t{key}\t{model}", out var length))
        {
            throw new InvalidOperationException("A line of the journal is longer than it can be.");
        }
        _ = Checksum(bytes.Slice(9, length)).TryFormat(bytes, out _, "x8", CultureInfo.InvariantCulture);
        bytes[8] = (byte)'\t';
        bytes[length + 9] = (byte)'\n';
        output.Advance(length + 10);
    }

    /// <summary>Reads such a line, given without its end; false when it is not one, or not whole.</summary>
    public static bool TryReadLine(ReadOnlySpan<byte> line, out UsageEntry entry, out long time)
    {
        (entry, time) = (default, 0);
        if (line.Length < 9
            || !uint.TryParse(line[..8], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var checksum)
            || checksum != Checksum(line[9..]))
        {
            return false;
        }
        var parts = Encoding.UTF8.GetString(line[9..]).Split('\t');
        if (parts.Length != 8 || !TryNumber(parts[0], out time) || !TryNumber(parts[5], out var cost)
            || !TryNumber(parts[1], out var prompt) || !TryNumber(parts[2], out var completion)
            || !TryNumber(parts[3], out var cached) || !TryNumber(parts[4], out var reasoning))
        {
            return false;
        }
        entry = new UsageEntry(parts[6], parts[7], new TokenUsage((int)prompt, (int)completion, (int)cached, (int)reasoning), cost);
        return true;
    }

    private static bool TryNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    // Names have no control characters where they are made; one that comes from elsewhere must not break the line.
    private static string Plain(string name)
    {
        var text = name.Length <= LongestName ? name : name[..LongestName];
        return text.AsSpan().ContainsAnyInRange('\0', '\x1f') ? string.Concat(text.Select(c => c < ' ' ? ' ' : c)) : text;
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }
        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }
        return ~crc;
    }
}

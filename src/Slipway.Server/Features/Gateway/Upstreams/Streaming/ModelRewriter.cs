using System.Buffers;
using System.Text.Json;
using Slipway.Client;

namespace Slipway.Server.Features.Gateway.Upstreams.Streaming;

/// <summary>Puts the public name of the model in place of the upstream's. What was written stays valid until the next one.</summary>
internal sealed class ModelRewriter(string publicName) : IDisposable
{
    private static readonly JsonWriterOptions Options = new() { Encoder = WireText.Encoder };

    private readonly byte[] _name = [(byte)'"', .. JsonEncodedText.Encode(publicName, Options.Encoder).EncodedUtf8Bytes, (byte)'"'];
    private byte[] _buffer = [];

    /// <summary>The name as a JSON string, quotes included.</summary>
    public ReadOnlySpan<byte> Name => _name;

    /// <param name="json">A JSON object.</param>
    /// <param name="modelAt">Where its model stands; null where it names none, and then it is given one.</param>
    /// <returns><paramref name="json"/> itself where the name is right already.</returns>
    public ReadOnlyMemory<byte> Rewrite(ReadOnlyMemory<byte> json, Range? modelAt)
    {
        if (modelAt is { } range)
        {
            return json.Span[range].SequenceEqual(_name) ? json : Splice(json.Span, range, ""u8, ""u8);
        }

        var open = json.Span.IndexOf((byte)'{') + 1;
        var isEmpty = json.Span[open..].TrimStart(" \t\r\n"u8).StartsWith("}"u8);
        return Splice(json.Span, open..open, "\"model\":"u8, isEmpty ? ""u8 : ","u8);
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }

    private ReadOnlyMemory<byte> Splice(ReadOnlySpan<byte> json, Range range, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        var (start, length) = range.GetOffsetAndLength(json.Length);
        var size = json.Length - length + before.Length + _name.Length + after.Length;
        if (_buffer.Length < size)
        {
            Dispose();
            _buffer = ArrayPool<byte>.Shared.Rent(size);
        }

        var rest = _buffer.AsSpan();
        rest = Append(rest, json[..start]);
        rest = Append(rest, before);
        rest = Append(rest, _name);
        rest = Append(rest, after);
        Append(rest, json[(start + length)..]);
        return _buffer.AsMemory(0, size);
    }

    private static Span<byte> Append(Span<byte> rest, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(rest);
        return rest[bytes.Length..];
    }
}

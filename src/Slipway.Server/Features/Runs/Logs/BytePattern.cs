using System.Buffers;
using System.Numerics;
using System.Runtime.Intrinsics;
using System.Text;

namespace Slipway.Server.Features.Runs.Logs;

/// <summary>A text that is looked for in raw bytes: ASCII letters in either case, everything else as it is.</summary>
internal sealed class BytePattern
{
    private const byte CaseBit = 0x20;

    private static readonly SearchValues<byte> Letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private readonly byte[] _bytes;

    /// <summary>For each byte what is added to a text's byte before both are compared.</summary>
    private readonly byte[] _fold;

    /// <param name="text">At least one character.</param>
    public BytePattern(string text)
    {
        _bytes = Encoding.UTF8.GetBytes(text);
        _fold = [.. _bytes.Select(value => Letters.Contains(value) ? CaseBit : (byte)0)];
        for (var i = 0; i < _bytes.Length; i++)
        {
            _bytes[i] |= _fold[i];
        }
    }

    /// <summary>Whether a line holds it, colours not counted.</summary>
    public bool IsIn(ReadOnlySpan<byte> line)
    {
        if (!AnsiText.HasCodes(line))
        {
            return IsInRaw(line);
        }
        var rented = ArrayPool<byte>.Shared.Rent(line.Length);
        var isIn = IsInRaw(AnsiText.Strip(line, rented));
        ArrayPool<byte>.Shared.Return(rented);
        return isIn;
    }

    /// <summary>Whether these bytes hold it. A candidate has the right first and last byte; 32 places are tried at once.</summary>
    public bool IsInRaw(ReadOnlySpan<byte> text)
    {
        var places = text.Length - _bytes.Length + 1;
        var (first, firstFold) = (Vector256.Create(_bytes[0]), Vector256.Create(_fold[0]));
        var (last, lastFold) = (Vector256.Create(_bytes[^1]), Vector256.Create(_fold[^1]));
        var at = 0;
        for (; at <= places - Vector256<byte>.Count; at += Vector256<byte>.Count)
        {
            var begins = Vector256.Equals(Vector256.Create(text[at..]) | firstFold, first);
            var ends = Vector256.Equals(Vector256.Create(text[(at + _bytes.Length - 1)..]) | lastFold, last);
            for (var found = (begins & ends).ExtractMostSignificantBits(); found != 0; found &= found - 1)
            {
                if (IsAt(text[(at + BitOperations.TrailingZeroCount(found))..]))
                {
                    return true;
                }
            }
        }
        for (; at < places; at++)
        {
            if (IsAt(text[at..]))
            {
                return true;
            }
        }
        return false;
    }

    private bool IsAt(ReadOnlySpan<byte> text)
    {
        for (var i = 0; i < _bytes.Length; i++)
        {
            if ((text[i] | _fold[i]) != _bytes[i])
            {
                return false;
            }
        }
        return true;
    }
}

using System.Buffers;

namespace Slipway.Server.Features.Runs.Metrics;

/// <summary>
/// Goes over the pairs of one object as Python writes it: a dict's text or its JSON, with <c>NaN</c> and <c>Infinity</c>, which
/// a JSON parser refuses. Values are given as they stand there; objects and lists inside are one value.
/// </summary>
internal ref struct PairScanner
{
    private static readonly SearchValues<byte> Structure = SearchValues.Create("{}[]\"'"u8);

    private static ReadOnlySpan<byte> Blanks => " \t\r\n"u8;

    private ReadOnlySpan<byte> _rest;

    /// <param name="text">Begins with the brace.</param>
    public PairScanner(ReadOnlySpan<byte> text) => _rest = text.StartsWith("{"u8) ? text[1..] : [];

    public ReadOnlySpan<byte> Key { get; private set; }

    /// <summary>Without quotes.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    public bool IsQuoted { get; private set; }

    /// <summary>Whether the object's end was reached. Otherwise it was cut short, or is none.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>What stands behind the object, when it is complete.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    public bool Next()
    {
        _rest = _rest.TrimStart(" \t\r\n,"u8);
        if (_rest.StartsWith("}"u8))
        {
            IsComplete = true;
            _rest = _rest[1..];
            return false;
        }
        if (!TryText(out var key))
        {
            return false;
        }
        Key = key;
        _rest = _rest.TrimStart(Blanks);
        if (!_rest.StartsWith(":"u8))
        {
            return false;
        }
        _rest = _rest[1..].TrimStart(Blanks);
        return TryValue();
    }

    private bool TryValue()
    {
        IsQuoted = !_rest.IsEmpty && _rest[0] is (byte)'"' or (byte)'\'';
        if (IsQuoted)
        {
            var isText = TryText(out var text);
            Value = text;
            return isText;
        }
        var length = !_rest.IsEmpty && _rest[0] is (byte)'{' or (byte)'[' ? NestedLength() : _rest.IndexOfAny((byte)',', (byte)'}');
        if (length < 0)
        {
            return false;
        }
        Value = _rest[..length].TrimEnd(Blanks);
        _rest = _rest[length..];
        return true;
    }

    private bool TryText(out ReadOnlySpan<byte> text)
    {
        text = [];
        if (_rest.IsEmpty || _rest[0] is not ((byte)'"' or (byte)'\''))
        {
            return false;
        }
        var length = TextLength(_rest);
        if (length < 0)
        {
            return false;
        }
        text = _rest[1..(length - 1)];
        _rest = _rest[length..];
        return true;
    }

    /// <summary>With both quotes; -1 when the second one is missing.</summary>
    private static int TextLength(ReadOnlySpan<byte> text)
    {
        for (var at = 1; at < text.Length; at += 2) // An escape and what it escapes.
        {
            var next = text[at..].IndexOfAny(text[0], (byte)'\\');
            if (next < 0)
            {
                return -1;
            }
            at += next;
            if (text[at] == text[0])
            {
                return at + 1;
            }
        }
        return -1;
    }

    private readonly int NestedLength()
    {
        var depth = 0;
        for (var at = 0; at < _rest.Length; at++)
        {
            var next = _rest[at..].IndexOfAny(Structure);
            if (next < 0)
            {
                return -1;
            }
            at += next;
            switch (_rest[at])
            {
                case (byte)'{' or (byte)'[':
                    depth++;
                    break;
                case (byte)'}' or (byte)']':
                    depth--;
                    break;
                default:
                    var length = TextLength(_rest[at..]);
                    if (length < 0)
                    {
                        return -1;
                    }
                    at += length - 1;
                    break;
            }
            if (depth == 0)
            {
                return at + 1;
            }
        }
        return -1;
    }
}

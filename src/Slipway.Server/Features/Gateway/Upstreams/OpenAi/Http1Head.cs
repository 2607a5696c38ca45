using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Slipway.Server.Features.Gateway.Upstreams.OpenAi;

/// <summary>How the end of a body is told.</summary>
internal enum Http1Framing
{
    Length,
    Chunked,
    UntilClose,
}

/// <summary>The head of an HTTP/1.1 reply. Whatever could be read in two ways is refused: answers must not run into one another.</summary>
internal struct Http1Head
{
    public int Status;
    public Http1Framing Framing;
    public long Length;
    public bool Closes;
    public ReplyMedia Media;
    public bool IsEncoded;
    public TimeSpan? RetryAfter;
    private bool _hasLength;
    private bool _isOld;

    public readonly ReplyHead ToReply() => new(Status, Media, IsEncoded, RetryAfter);

    /// <param name="bytes">From the status line to the blank line, which is included.</param>
    /// <param name="now">For times that are given as dates.</param>
    /// <param name="head">What it says.</param>
    /// <returns>False when it is not such a head.</returns>
    public static bool TryParse(ReadOnlySpan<byte> bytes, DateTimeOffset now, out Http1Head head)
    {
        head = new Http1Head { Framing = Http1Framing.UntilClose };
        var end = bytes.IndexOf((byte)'\n');
        if (end < 0 || !head.ReadStatus(bytes[..end].TrimEnd((byte)'\r')))
        {
            return false;
        }

        for (bytes = bytes[(end + 1)..]; ; bytes = bytes[(end + 1)..])
        {
            end = bytes.IndexOf((byte)'\n');
            var line = end < 0 ? [] : bytes[..end].TrimEnd((byte)'\r');
            if (line.IsEmpty)
            {
                break;
            }

            var colon = line.IndexOf((byte)':');
            if (colon <= 0 || !head.ReadField(line[..colon], line[(colon + 1)..].Trim(" \t"u8), now))
            {
                return false;
            }
        }

        return head.Conclude();
    }

    private bool ReadStatus(ReadOnlySpan<byte> line)
    {
        _isOld = line.StartsWith("HTTP/1.0 "u8);
        return (_isOld || line.StartsWith("HTTP/1.1 "u8))
            && line.Length >= 12 && Utf8Parser.TryParse(line[9..12], out Status, out var used) && used == 3 && Status is >= 100 and <= 599;
    }

    private bool ReadField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, DateTimeOffset now)
    {
        if (Ascii.EqualsIgnoreCase(name, "content-length"u8))
        {
            var isNumber = Utf8Parser.TryParse(value, out long length, out var used) && used == value.Length && length >= 0;
            var isSame = !_hasLength || length == Length;
            (Length, _hasLength) = (length, true);
            return isNumber && isSame;
        }

        if (Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8))
        {
            Framing = Http1Framing.Chunked;
            return Ascii.EqualsIgnoreCase(value, "chunked"u8);
        }

        if (Ascii.EqualsIgnoreCase(name, "connection"u8))
        {
            Closes |= Ascii.EqualsIgnoreCase(value, "close"u8);
        }
        else if (Ascii.EqualsIgnoreCase(name, "content-type"u8))
        {
            Media = MediaOf(value);
        }
        else if (Ascii.EqualsIgnoreCase(name, "content-encoding"u8))
        {
            IsEncoded = !Ascii.EqualsIgnoreCase(value, "identity"u8);
        }
        else if (Ascii.EqualsIgnoreCase(name, "retry-after"u8))
        {
            RetryAfter = WaitOf(Encoding.Latin1.GetString(value), now);
        }

        return true;
    }

    private bool Conclude()
    {
        if (Framing is Http1Framing.Chunked)
        {
            return !_hasLength && !_isOld;
        }

        if (Status is 204 or 304 or < 200)
        {
            (Framing, Length) = (Http1Framing.Length, 0);
        }
        else if (_hasLength)
        {
            Framing = Http1Framing.Length;
        }

        Closes |= _isOld || Framing is Http1Framing.UntilClose;
        return true;
    }

    private static ReplyMedia MediaOf(ReadOnlySpan<byte> value)
    {
        var end = value.IndexOf((byte)';');
        var type = end < 0 ? value : value[..end].TrimEnd(" \t"u8);
        return Ascii.EqualsIgnoreCase(type, "application/json"u8) ? ReplyMedia.Json
            : Ascii.EqualsIgnoreCase(type, "text/event-stream"u8) ? ReplyMedia.EventStream
            : ReplyMedia.Unknown;
    }

    /// <summary>What <c>Retry-After</c> says, in seconds or as a date; at most an hour of it is believed.</summary>
    internal static TimeSpan? WaitOf(string value, DateTimeOffset now)
    {
        TimeSpan? wait = double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(Math.Min(seconds, 3600))
            : DateTimeOffset.TryParseExact(value, "r", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
                ? date - now
                : null;
        return wait is { } span ? TimeSpan.FromSeconds(Math.Clamp(span.TotalSeconds, 0, 3600)) : null;
    }
}

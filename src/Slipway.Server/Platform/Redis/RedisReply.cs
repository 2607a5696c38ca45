using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Slipway.Server.Platform.Redis;

/// <summary>One answer of Redis: an error, a number, a text (or none), or a list of answers.</summary>
internal sealed record RedisReply(string? Error = null, long Integer = 0, string? Text = null, IReadOnlyList<RedisReply>? Items = null)
{
    private const int Deepest = 4;
    private const int LongestText = 1 << 20;
    private const int LongestList = 1024;
    private const int LongestLine = 64 * 1024;

    /// <summary>Takes one answer off the front of a buffer; false, and nothing taken, while it is not there as a whole.</summary>
    /// <exception cref="InvalidDataException">This is not RESP 2, or longer than anything that is asked for here.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, out RedisReply? reply)
    {
        var reader = new SequenceReader<byte>(buffer);
        if (!TryRead(ref reader, 0, out reply))
        {
            return false;
        }
        buffer = buffer.Slice(reader.Position);
        return true;
    }

    private static bool TryRead(ref SequenceReader<byte> reader, int depth, out RedisReply? reply)
    {
        reply = null;
        if (!reader.TryReadTo(out ReadOnlySequence<byte> line, "\r\n"u8))
        {
            return reader.Remaining <= LongestLine ? false : throw new InvalidDataException("A line of Redis does not end.");
        }
        var text = line.ToArray();
        if (text.Length == 0)
        {
            throw new InvalidDataException("Redis sent an empty line.");
        }
        switch (text[0])
        {
            case (byte)'+':
                reply = new RedisReply(Text: Encoding.UTF8.GetString(text.AsSpan(1)));
                return true;
            case (byte)'-':
                reply = new RedisReply(Error: Encoding.UTF8.GetString(text.AsSpan(1)));
                return true;
            case (byte)':':
                reply = new RedisReply(Integer: Number(text));
                return true;
            case (byte)'$':
                return TryReadText(ref reader, Number(text), out reply);
            case (byte)'*':
                return TryReadList(ref reader, Number(text), depth, out reply);
            default:
                throw new InvalidDataException($"Redis sent an answer of an unknown kind, byte {text[0]}.");
        }
    }

    private static bool TryReadText(ref SequenceReader<byte> reader, long length, out RedisReply? reply)
    {
        reply = null;
        if (length is < -1 or > LongestText)
        {
            throw new InvalidDataException($"Redis announces a text of {length} bytes.");
        }
        if (length < 0)
        {
            reply = new RedisReply();
            return true;
        }
        if (reader.Remaining < length + 2)
        {
            return false;
        }
        var text = Encoding.UTF8.GetString(reader.UnreadSequence.Slice(0, length));
        reader.Advance(length + 2);
        reply = new RedisReply(Text: text);
        return true;
    }

    private static bool TryReadList(ref SequenceReader<byte> reader, long length, int depth, out RedisReply? reply)
    {
        reply = null;
        if (length is < -1 or > LongestList || depth >= Deepest)
        {
            throw new InvalidDataException($"Redis announces a list of {length} at depth {depth}.");
        }
        List<RedisReply> items = [];
        for (var i = 0; i < length; i++)
        {
            if (!TryRead(ref reader, depth + 1, out var item))
            {
                return false;
            }
            items.Add(item!);
        }
        reply = new RedisReply(Items: items);
        return true;
    }

    private static long Number(ReadOnlySpan<byte> line) =>
        Utf8Parser.TryParse(line[1..], out long number, out var used) && used == line.Length - 1
            ? number
            : throw new InvalidDataException("Redis sent a number that is none.");
}

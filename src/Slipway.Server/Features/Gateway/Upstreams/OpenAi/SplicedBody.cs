using System.Text.Json;

namespace Slipway.Server.Features.Gateway.Upstreams.OpenAi;

/// <summary>
/// A client's body with the upstream's name for the model in place of the public one, and usage asked for on streams. The
/// body itself is neither parsed into objects nor copied before it is sent.
/// </summary>
internal readonly struct SplicedBody
{
    private readonly ReadOnlyMemory<byte> _body;
    private readonly Edit _first;
    private readonly Edit _second;

    private SplicedBody(ReadOnlyMemory<byte> body, Edit first, Edit second)
    {
        (_body, _first, _second) = first.Start <= second.Start ? (body, first, second) : (body, second, first);
        Length = body.Length - _first.Removed - _second.Removed + _first.Put.Length + _second.Put.Length;
    }

    public int Length { get; }

    /// <param name="call">Its body is a well-formed JSON object.</param>
    /// <param name="model">The upstream's name as a JSON string, quotes included.</param>
    /// <param name="asksUsage">Whether streams are to end with their usage.</param>
    public static SplicedBody Of(GatewayCall call, ReadOnlyMemory<byte> model, bool asksUsage)
    {
        var (start, length) = call.ModelAt.GetOffsetAndLength(call.Body.Length);
        var named = new Edit(start, length, model);
        return call.Stream && asksUsage && !call.IncludeUsage
            ? new SplicedBody(call.Body, named, AskUsage(call.Body.Span))
            : new SplicedBody(call.Body, named, new Edit(call.Body.Length, 0, default));
    }

    public void CopyTo(Span<byte> target)
    {
        foreach (var piece in Pieces)
        {
            piece.Span.CopyTo(target);
            target = target[piece.Length..];
        }
    }

    /// <summary>The parts in order; some may be empty.</summary>
    public ReadOnlyMemory<byte>[] Pieces =>
    [
        _body[.._first.Start], _first.Put, _body[_first.End.._second.Start], _second.Put, _body[_second.End..],
    ];

    private static Edit AskUsage(ReadOnlySpan<byte> body)
    {
        var end = body.LastIndexOf((byte)'}');
        return body.IndexOf("\"stream_options\""u8) < 0
            ? new Edit(end, 0, Literals.Member)
            : FindOptions(body) ?? new Edit(end, 0, Literals.Member);
    }

    // The client wrote options of its own: ours is put among them.
    private static Edit? FindOptions(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = 256 });
        reader.Read();
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var isOptions = reader.ValueTextEquals("stream_options"u8);
            reader.Read();
            if (isOptions)
            {
                return InOptions(ref reader);
            }

            reader.Skip();
        }

        return null;
    }

    private static Edit InOptions(ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        if (reader.TokenType is not JsonTokenType.StartObject)
        {
            reader.Skip();
            return new Edit(start, (int)reader.BytesConsumed - start, Literals.Options);
        }

        var isEmpty = true;
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            isEmpty = false;
            var isUsage = reader.ValueTextEquals("include_usage"u8);
            reader.Read();
            var value = (int)reader.TokenStartIndex;
            reader.Skip();
            if (isUsage)
            {
                return new Edit(value, (int)reader.BytesConsumed - value, Literals.True);
            }
        }

        return new Edit(start + 1, 0, isEmpty ? Literals.Only : Literals.FirstOfMore);
    }

    private static class Literals
    {
        public static readonly byte[] Member = ",\"stream_options\":{\"include_usage\":true}"u8.ToArray();
        public static readonly byte[] Options = "{\"include_usage\":true}"u8.ToArray();
        public static readonly byte[] True = "true"u8.ToArray();
        public static readonly byte[] Only = "\"include_usage\":true"u8.ToArray();
        public static readonly byte[] FirstOfMore = "\"include_usage\":true,"u8.ToArray();
    }

    private readonly record struct Edit(int Start, int Removed, ReadOnlyMemory<byte> Put)
    {
        public int End => Start + Removed;
    }
}

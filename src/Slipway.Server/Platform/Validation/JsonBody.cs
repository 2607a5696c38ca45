using System.Buffers;
using System.Net.Mime;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Slipway.Server.Platform.Errors;

namespace Slipway.Server.Platform.Validation;

/// <summary>Reads a whole body as one JSON document, or says why that cannot be.</summary>
internal static class JsonBody
{
    private static readonly JsonDocument Empty = JsonDocument.Parse("{}");

    /// <summary>Stands for a body that was left out where that is allowed.</summary>
    public static BodyObject EmptyObject => new(Empty.RootElement, BodyPath.Body, new FaultList());

    public static async ValueTask<(JsonDocument? Document, IResult? Refusal)> ReadAsync(
        HttpContext context, bool mayBeEmpty, CancellationToken cancellationToken)
    {
        var request = context.Request;
        var limit = context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;
        if (request.ContentLength > limit)
        {
            return (null, ErrorResult.TooLarge($"The body has {request.ContentLength} bytes; at most {limit} are accepted."));
        }

        var bytes = await ReadAllAsync(request, cancellationToken);
        if (bytes.Length == 0)
        {
            return mayBeEmpty ? (JsonDocument.Parse("null"), null) : (null, One(BodyPath.Body, "field required", FaultTypes.Missing));
        }

        return IsJson(request.ContentType)
            ? Parse(bytes)
            : (null, ErrorResult.UnsupportedMediaType(BareStatus.MediaType(request.ContentType)));
    }

    private static async ValueTask<byte[]> ReadAllAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        // Grows with what has come, never with what a header promises.
        var writer = new ArrayBufferWriter<byte>();
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(cancellationToken);
            foreach (var segment in read.Buffer)
            {
                writer.Write(segment.Span);
            }

            request.BodyReader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return writer.WrittenSpan.ToArray();
            }
        }
    }

    private static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && (type.MediaType.Equals(MediaTypeNames.Application.Json, StringComparison.OrdinalIgnoreCase)
            || (type.Type.Equals("application", StringComparison.OrdinalIgnoreCase)
                && type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase)))
        && (!type.Charset.HasValue || type.Charset.Value!.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    private static (JsonDocument? Document, IResult? Refusal) Parse(byte[] bytes)
    {
        var json = bytes.AsMemory();
        if (json.Span.StartsWith(Encoding.UTF8.Preamble))
        {
            json = json[Encoding.UTF8.Preamble.Length..];
        }

        if (FirstInvalidUtf8(json.Span) is { } broken)
        {
            return (null, Malformed(broken, "the text is not valid UTF-8"));
        }

        try
        {
            var document = JsonDocument.Parse(json);
            return FirstBrokenName(json.Span) is { } name ? (null, Malformed(name, "the name of a field is no text")) : (document, null);
        }
        catch (JsonException exception)
        {
            return (null, Malformed(OffsetOf(exception, json.Span), Reason(exception)));
        }
    }

    private static FaultsResult Malformed(int offset, string reason) =>
        One(BodyPath.Body.Then(offset), reason, FaultTypes.JsonDecode);

    private static FaultsResult One(BodyPath path, string message, string type) => new([new Fault(path.ToList(), message, type)]);

    // The parser ends its sentences with line and position of its own counting; the offset is in loc.
    private static string Reason(JsonException exception)
    {
        var end = exception.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? exception.Message : exception.Message[..end];
    }

    private static int OffsetOf(JsonException exception, ReadOnlySpan<byte> json)
    {
        var offset = 0;
        for (var line = 0L; line < exception.LineNumber; line++)
        {
            offset += json[offset..].IndexOf((byte)'\n') + 1;
        }

        return (int)Math.Min(json.Length, offset + (exception.BytePositionInLine ?? 0));
    }

    // Half of a surrogate pair in a name, written as an escape: the parser lets it pass, and every look-up then throws.
    private static int? FirstBrokenName(ReadOnlySpan<byte> json)
    {
        if (json.IndexOf("\\u"u8) < 0)
        {
            return null;
        }

        var reader = new Utf8JsonReader(json);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueIsEscaped)
                {
                    _ = reader.GetString();
                }
            }

            return null;
        }
        catch (InvalidOperationException)
        {
            return (int)reader.TokenStartIndex;
        }
    }

    private static int? FirstInvalidUtf8(ReadOnlySpan<byte> text)
    {
        if (Utf8.IsValid(text))
        {
            return null;
        }

        var at = 0;
        while (Rune.DecodeFromUtf8(text[at..], out _, out var length) == OperationStatus.Done)
        {
            at += length;
        }

        return at;
    }
}

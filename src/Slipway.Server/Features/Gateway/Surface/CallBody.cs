using System.Buffers;
using Slipway.Server.Features.Gateway.Errors;
using Slipway.Server.Features.Gateway.Routing;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Gateway.Surface;

/// <summary>The body of a call in a borrowed buffer, which goes back on disposal.</summary>
internal sealed class CallBody : IDisposable
{
    private const int FirstSize = 4096;

    /// <summary>The most that is borrowed for a body before it comes: a length is quickly announced.</summary>
    private const int LargestAhead = 256 << 10;

    private byte[] _buffer;
    private int _length;

    private CallBody(int size) => _buffer = ArrayPool<byte>.Shared.Rent(size);

    /// <summary>In bytes.</summary>
    public int Length => _length;

    private ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <exception cref="OpenAiException">It is larger than <paramref name="limit"/> bytes or of another media type.</exception>
    /// <exception cref="BadHttpRequestException">The client broke the protocol.</exception>
    public static async ValueTask<CallBody> ReadAsync(HttpRequest request, int limit, CancellationToken cancellationToken)
    {
        CheckMediaType(request);
        if (request.ContentLength > limit)
        {
            throw TooLarge(limit);
        }

        // The gateway's own limit holds here, which may be above the server's.
        if (request.HttpContext.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = limit;
        }

        var body = new CallBody((int)Math.Min(request.ContentLength ?? FirstSize, LargestAhead));
        try
        {
            await body.FillAsync(request, limit, cancellationToken);
            return body;
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode is StatusCodes.Status413PayloadTooLarge)
        {
            body.Dispose();
            throw TooLarge(limit);
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>Reads what the gateway must know; the call refers to this buffer.</summary>
    public GatewayCall ToCall(GatewayOperation operation, string requestId, out ulong prefix)
    {
        var scan = CallScan.Read(Bytes.Span);
        prefix = PrefixHash.Of(Bytes.Span[scan.Prefix]);
        var streams = scan.Stream && operation is not GatewayOperation.Embedding;
        return new GatewayCall
        {
            Operation = operation,
            Body = Bytes,
            Model = scan.Model!,
            ModelAt = scan.ModelAt,
            Stream = streams,
            IncludeUsage = streams && scan.IncludeUsage,
            RequestId = requestId,
        };
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }

    private async ValueTask FillAsync(HttpRequest request, int limit, CancellationToken cancellationToken)
    {
        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var size = read.Buffer.Length;
            if (_length + size > limit)
            {
                throw TooLarge(limit);
            }

            Append(read.Buffer, (int)size);
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    private void Append(in ReadOnlySequence<byte> bytes, int size)
    {
        if (_length + size > _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + size, _buffer.Length * 2));
            Bytes.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += size;
    }

    // As everywhere, the body of plain curl is taken for the JSON that it is; what is left are web pages that were not
    // asked first, and mistakes.
    private static void CheckMediaType(HttpRequest request)
    {
        if (!PlainCurl.IsUntyped(request)
            && request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) is not true)
        {
            throw new OpenAiException(new OpenAiError(
                StatusCodes.Status415UnsupportedMediaType, OpenAiErrorTypes.InvalidRequest,
                "Send the body as Content-Type: application/json in UTF-8."));
        }
    }

    private static OpenAiException TooLarge(int limit) => new(new OpenAiError(
        StatusCodes.Status413PayloadTooLarge, OpenAiErrorTypes.InvalidRequest,
        $"The body is larger than the {limit} bytes that are accepted here.", Code: "request_too_large"));
}

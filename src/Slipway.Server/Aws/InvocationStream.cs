using System.Text.Json;
using Slipway.Server.Aws.EventStreams;

namespace Slipway.Server.Aws;

/// <summary>What a container streams, as it cut it up: neither events nor characters are whole in a part.</summary>
internal sealed class InvocationStream : IAsyncDisposable
{
    private const string EventStream = "application/vnd.amazon.eventstream";

    private readonly HttpResponseMessage _response;
    private readonly Stream _stream;
    private readonly EventStreamReader _reader;

    private InvocationStream(HttpResponseMessage response, Stream stream)
    {
        _response = response;
        _stream = stream;
        _reader = new EventStreamReader(stream);
    }

    public static async Task<InvocationStream> OpenAsync(HttpResponseMessage response, CancellationToken cancellationToken) =>
        response.Content.Headers.ContentType?.MediaType == EventStream
            ? new InvocationStream(response, await response.Content.ReadAsStreamAsync(cancellationToken))
            : throw Broken("The answer is not an event stream.");

    /// <summary>The container's next bytes, valid until the next call; empty at the end.</summary>
    /// <exception cref="AwsException">The container failed in mid-stream, or the stream is damaged or broke off.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadPartAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await _reader.ReadAsync(cancellationToken) is { } frame)
            {
                if (!frame.Says(":message-type"u8, "event"u8))
                {
                    throw Failure(frame);
                }
                if (frame.Payload.Length > 0 && frame.Says(":event-type"u8, "PayloadPart"u8))
                {
                    return frame.Payload;
                }
            }
            return default;
        }
        catch (InvalidDataException exception)
        {
            throw Broken(exception.Message, exception);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw Broken("The stream broke off.", exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _response.Dispose();
        await _stream.DisposeAsync();
        _reader.Dispose();
    }

    /// <summary>An exception that the service foresees has a body; an error that it does not has two headers.</summary>
    private static AwsException Failure(EventStreamFrame frame)
    {
        if (frame.Text(":error-code"u8) is { } error)
        {
            return new AwsException(AwsService.SageMakerRuntime.Name, Short(error), frame.Text(":error-message"u8) ?? "It gave no reason.");
        }
        var answer = frame.Payload.ToArray();
        var code = Short(frame.Text(":exception-type"u8) ?? "InternalStreamFailure");
        return new AwsException(AwsService.SageMakerRuntime.Name, code, AwsErrorReader.Parse(answer).Message)
        {
            Detail = DetailOf(answer),
            Answer = answer,
        };
    }

    private static string? DetailOf(byte[] answer)
    {
        try
        {
            using var json = JsonDocument.Parse(answer);
            return json.RootElement.Text("ErrorCode");
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Short(string code) => AwsText.Redact(code.Length <= 64 ? code : code[..64]);

    private static AwsException Broken(string reason, Exception? inner = null) =>
        new(AwsService.SageMakerRuntime.Name, AwsErrorCodes.BrokenAnswer, reason, inner);
}

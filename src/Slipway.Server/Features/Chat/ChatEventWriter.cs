using System.Buffers;
using System.Text.Json;
using Slipway.Client;
using Slipway.Client.Chat;

namespace Slipway.Server.Features.Chat;

/// <summary>
/// Writes the events of one stream, byte for byte as the contract shows them: <c>data: {"type": "chunk", "content": "…"}</c>
/// and a blank line. A serializer would leave out the spaces.
/// </summary>
internal sealed class ChatEventWriter(HttpResponse response)
{
    /// <summary>Sends the headers and the start. From here on an error is an event.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";
        return SendAsync(ChatEventTypes.Start, "", cancellationToken);
    }

    /// <summary>Sends one event at once: what was made is on its way before the next token is.</summary>
    public async Task SendAsync(string type, string content, CancellationToken cancellationToken)
    {
        Write(type, content);
        await response.BodyWriter.FlushAsync(cancellationToken);
    }

    private void Write(string type, string content)
    {
        var writer = response.BodyWriter;
        writer.Write("data: {\"type\": \""u8);
        writer.Write(JsonEncodedText.Encode(type, WireText.Encoder).EncodedUtf8Bytes);
        writer.Write("\", \"content\": \""u8);
        writer.Write(JsonEncodedText.Encode(content, WireText.Encoder).EncodedUtf8Bytes);
        writer.Write("\"}\n\n"u8);
    }
}

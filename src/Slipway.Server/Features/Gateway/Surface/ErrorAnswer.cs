using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Slipway.Client;
using Slipway.Server.Features.Gateway.Errors;

namespace Slipway.Server.Features.Gateway.Surface;

/// <summary>Writes errors in OpenAI's form.</summary>
internal static class ErrorAnswer
{
    private static readonly JsonWriterOptions Options = new() { Encoder = WireText.Encoder };

    public static Task WriteAsync(HttpContext context, OpenAiError error)
    {
        var response = context.Response;
        response.StatusCode = error.Status;
        response.ContentType = "application/json";
        if (error.RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        var json = ToJson(error);
        response.ContentLength = json.Length;
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : response.BodyWriter.WriteAsync(json).AsTask();
    }

    public static ReadOnlyMemory<byte> ToJson(OpenAiError error)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer, Options);
        json.WriteStartObject();
        json.WriteStartObject("error"u8);
        json.WriteString("message"u8, error.Message);
        json.WriteString("type"u8, error.Type);
        json.WriteString("param"u8, error.Param);
        json.WriteString("code"u8, error.Code);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }
}

using System.Text.Json;
using Slipway.Server.Features.Gateway.Errors;
using Slipway.Server.Features.Gateway.Upstreams;

namespace Slipway.Server.Features.Gateway.Requests;

/// <summary>Opens a call's body for the readers of this folder.</summary>
internal static class RequestBody
{
    /// <exception cref="UpstreamException">The body is not what <paramref name="read"/> accepts.</exception>
    public static T Read<T>(GatewayCall call, Func<JsonField, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(call.Body);
            return read(new JsonField(document.RootElement, ""));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Nested too deep, or a field's name that no text can hold.
            var error = OpenAiError.Invalid("The body cannot be read; accepted is a JSON object, nested up to 64 deep, in valid Unicode.");
            throw new UpstreamException(UpstreamFault.Request, error, exception);
        }
    }
}

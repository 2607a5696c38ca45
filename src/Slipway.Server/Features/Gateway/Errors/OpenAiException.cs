namespace Slipway.Server.Features.Gateway.Errors;

/// <summary>Ends a call with an error for the client.</summary>
internal class OpenAiException(OpenAiError error, Exception? inner = null) : Exception(error.Message, inner)
{
    public OpenAiError Error { get; } = error;
}

namespace Slipway.Server.Features.Gateway.Errors;

/// <summary>What a client is told, in OpenAI's form: <c>{"error": {"message", "type", "param", "code"}}</c>.</summary>
/// <param name="Status">HTTP status, 400 to 599.</param>
/// <param name="Type">OpenAI's word for the kind, one of <see cref="OpenAiErrorTypes"/>.</param>
/// <param name="Message">For people; names the value at fault and what would be accepted. Holds nothing of an upstream's own.</param>
/// <param name="Param">The field at fault, such as <c>messages[0].content</c>.</param>
/// <param name="Code">For programs, such as <c>model_not_found</c>.</param>
/// <param name="RetryAfter">When trying again may help.</param>
internal sealed record OpenAiError(int Status, string Type, string Message, string? Param = null, string? Code = null, TimeSpan? RetryAfter = null)
{
    public static OpenAiError Invalid(string message, string? param = null, string? code = null) =>
        new(StatusCodes.Status400BadRequest, OpenAiErrorTypes.InvalidRequest, message, param, code);
}

/// <summary>The kinds of error that OpenAI's clients tell apart.</summary>
internal static class OpenAiErrorTypes
{
    public const string InvalidRequest = "invalid_request_error";
    public const string Authentication = "authentication_error";
    public const string Permission = "permission_error";
    public const string RateLimit = "rate_limit_error";
    public const string Quota = "insufficient_quota";
    public const string Upstream = "upstream_error";
    public const string Timeout = "timeout";
    public const string Server = "server_error";
}

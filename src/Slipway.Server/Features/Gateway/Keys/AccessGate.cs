using System.Net;
using Microsoft.Extensions.Primitives;
using Slipway.Server.Features.Gateway.Errors;
using Slipway.Server.Platform.Auth;

namespace Slipway.Server.Features.Gateway.Keys;

/// <summary>Lets a request in or turns it away. Touches neither a database nor, for keys made here, anything outside this process.</summary>
internal sealed class AccessGate(KeyRing ring, SecretKeys secret)
{
    private const string Remedy = "Make one with 'slipway keys create --name NAME' on the server and send it as 'Authorization: Bearer KEY'.";

    /// <summary>Who calls, and that they may use the model.</summary>
    /// <returns>Null when no key is configured and the request comes from this machine.</returns>
    /// <exception cref="OpenAiException">401, 403, or 503 when the key's validity cannot be told.</exception>
    public async ValueTask<ApiKey?> CheckAsync(HttpContext context, string model, CancellationToken cancellationToken)
    {
        var key = await AuthenticateAsync(context, cancellationToken);
        Permit(key, model);
        return key;
    }

    /// <summary>Who calls; known before anything of the request's body is read.</summary>
    /// <returns>Null when no key is configured and the request comes from this machine.</returns>
    /// <exception cref="OpenAiException">401, or 503 when the key's validity cannot be told.</exception>
    public ValueTask<ApiKey?> AuthenticateAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (ring.IsEmpty && !secret.IsConfigured)
        {
            return LocalOrigin.Is(context) ? new ValueTask<ApiKey?>((ApiKey?)null) : throw Refused(
                "No API key is configured on this server, so only requests from the machine itself are let in. " + Remedy);
        }
        if (Sent(context.Request.Headers) is not { Length: > 0 } sent)
        {
            throw Refused("The request has no API key. Send it as 'Authorization: Bearer KEY' or 'x-api-key: KEY'.");
        }
        return ring.Find(sent, out var key) switch
        {
            KeyFinding.Valid => new ValueTask<ApiKey?>(key),
            KeyFinding.Expired => throw Refused("This API key has expired. Ask for a new one, or rotate it with 'slipway keys rotate'."),
            _ => FromSecretAsync(sent, cancellationToken),
        };
    }

    /// <exception cref="OpenAiException">403: the key is not for this model.</exception>
    public static void Permit(ApiKey? key, string model)
    {
        if (key is not null && !key.MayUse(model))
        {
            const int MostNamed = 20;
            var named = string.Join(", ", key.Models!.Take(MostNamed)) + (key.Models!.Count > MostNamed ? ", …" : "");
            throw new OpenAiException(new OpenAiError(
                StatusCodes.Status403Forbidden, OpenAiErrorTypes.Permission,
                $"This API key may not use the model '{model}'; it may use: {named}.", Param: "model"));
        }
    }

    private async ValueTask<ApiKey?> FromSecretAsync(string sent, CancellationToken cancellationToken)
    {
        var (finding, key) = await secret.FindAsync(sent, cancellationToken);
        return finding switch
        {
            SecretFinding.Valid => key,
            SecretFinding.Unavailable => throw new OpenAiException(new OpenAiError(
                StatusCodes.Status503ServiceUnavailable, OpenAiErrorTypes.Server,
                "Whether this API key is valid cannot be told at the moment: the secret that holds the keys cannot be read. Try again shortly.",
                RetryAfter: SecretKeyOptions.Pause)),
            _ when sent.StartsWith(KeyText.Start, StringComparison.Ordinal) && !KeyText.IsWhole(sent) => throw Refused(
                "This API key is mistyped or not whole: its checksum does not fit. Copy it again from where it was made."),
            _ => throw Refused("This API key is not one of this server's, or it was revoked."),
        };
    }

    private static string? Sent(IHeaderDictionary headers)
    {
        const string Bearer = "Bearer ";
        return Single(headers.Authorization) is { } authorization && authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? authorization.Length > Bearer.Length ? authorization[Bearer.Length..].Trim() : null
            : Single(headers["x-api-key"]);
    }

    // Two different answers to one question are none.
    private static string? Single(StringValues values) => values.Count == 1 ? values[0] : null;

    private static OpenAiException Refused(string message) =>
        new(new OpenAiError(StatusCodes.Status401Unauthorized, OpenAiErrorTypes.Authentication, message, Code: "invalid_api_key"));
}

/// <summary>Whether a request was made on this machine, and not only handed on by a proxy or a web page here.</summary>
internal static class LocalOrigin
{
    private static readonly string[] Handed = ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"];

    public static bool Is(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address)
        && !Array.Exists(Handed, context.Request.Headers.ContainsKey)
        && IsLocalName(context.Request.Host.Host);

    // A page on the web may give its own name the address 127.0.0.1 and so reach this server from a browser here;
    // but then the browser says that name.
    private static bool IsLocalName(string host) =>
        host.Length == 0
        || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || host.Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase)
        || IPAddress.TryParse(host, out _);
}

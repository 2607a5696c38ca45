using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Slipway.Server.Tests.Aws;

/// <summary>A key that the stand-in knows.</summary>
internal sealed record StandInKey(string Id, string Secret, string? Token = null, bool LastsForOneCall = false);

/// <summary>Why a request is refused, in AWS's words.</summary>
internal sealed record StandInRefusal(int Status, string Type, string Message, string Path = "");

/// <summary>Checks Signature Version 4 by working it out anew from what arrived. Shares nothing with the code that signs.</summary>
internal static class SignatureCheck
{
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    public static StandInRefusal? Of(HttpRequest request, byte[] body, IReadOnlyDictionary<string, StandInKey> keys, string region, string service)
    {
        if (Parts(request) is not { } parts)
        {
            return new(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
        }
        if (!keys.TryGetValue(parts.KeyId, out var key) || key.Token != request.Headers["X-Amz-Security-Token"].FirstOrDefault())
        {
            return new(403, "UnrecognizedClientException", "The security token included in the request is invalid.");
        }
        var stamp = request.Headers["X-Amz-Date"].ToString();
        if (!DateTimeOffset.TryParseExact(stamp, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            || (DateTimeOffset.UtcNow - date).Duration() > Skew)
        {
            return new(403, "InvalidSignatureException", $"Signature expired: {stamp} is now earlier than the allowed time");
        }
        if (parts.Scope != $"{stamp[..8]}/{region}/{service}/aws4_request")
        {
            return new(403, "InvalidSignatureException", $"Credential should be scoped to a valid region, not '{parts.Scope}'.");
        }
        string[] needed = ["host", "x-amz-date", .. key.Token is null ? Array.Empty<string>() : ["x-amz-security-token"]];
        var unsigned = request.Headers.Keys.Select(name => name.ToLowerInvariant()).Where(name => name.StartsWith("x-amz", StringComparison.Ordinal));
        var isComplete = needed.Concat(unsigned).All(parts.SignedHeaders.Contains);
        return isComplete && parts.Signature == Sign(key.Secret, parts.Scope, stamp, Canonical(request, parts.SignedHeaders, body))
            ? null
            : new(403, "InvalidSignatureException",
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.");
    }

    /// <summary>Canonical request → string to sign → signature, as AWS's documentation describes them.</summary>
    public static string Sign(string secret, string scope, string stamp, string canonical)
    {
        var toSign = $"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{Hash(Encoding.UTF8.GetBytes(canonical))}";
        var key = Encoding.UTF8.GetBytes("AWS4" + secret);
        foreach (var part in scope.Split('/'))
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }
        return Convert.ToHexString(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign))).ToLowerInvariant();
    }

    public static string Canonical(string method, string rawPath, string rawQuery, IEnumerable<(string Name, string Value)> headers, byte[] body)
    {
        var sorted = headers.OrderBy(header => header.Name, StringComparer.Ordinal).ToList();
        var query = rawQuery.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Contains('=', StringComparison.Ordinal) ? pair : pair + "=").Order(StringComparer.Ordinal);
        return string.Join('\n',
        [
            method,
            Escape(rawPath),
            string.Join('&', query),
            .. sorted.Select(header => $"{header.Name}:{string.Join(' ', header.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries))}"),
            "",
            string.Join(';', sorted.Select(header => header.Name)),
            Hash(body),
        ]);
    }

    public static string Hash(byte[] bytes) => Convert.ToHexString(SHA256.HashData(bytes)).ToLowerInvariant();

    private static string Canonical(HttpRequest request, IReadOnlyList<string> signed, byte[] body)
    {
        var target = request.HttpContext.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
        var cut = target.IndexOf('?', StringComparison.Ordinal);
        var (path, query) = cut < 0 ? (target, "") : (target[..cut], target[cut..]);
        return Canonical(request.Method, path, query, signed.Select(name => (name, request.Headers[name].ToString())), body);
    }

    /// <summary>Every byte outside the unreserved set, but for the slash, as %XX: also the percent signs that are there already.</summary>
    private static string Escape(string path) => string.Concat(Encoding.UTF8.GetBytes(path).Select(value =>
        char.IsAsciiLetterOrDigit((char)value) || "-._~/".Contains((char)value, StringComparison.Ordinal) ? ((char)value).ToString() : $"%{value:X2}"));

    private static (string KeyId, string Scope, string[] SignedHeaders, string Signature)? Parts(HttpRequest request)
    {
        var header = request.Headers[HeaderNames.Authorization].ToString();
        if (!header.StartsWith("AWS4-HMAC-SHA256 ", StringComparison.Ordinal))
        {
            return null;
        }
        var fields = header["AWS4-HMAC-SHA256 ".Length..].Split(',', StringSplitOptions.TrimEntries)
            .Select(field => field.Split('=', 2)).Where(field => field.Length == 2).ToDictionary(field => field[0], field => field[1]);
        var credential = fields.GetValueOrDefault("Credential", "").Split('/', 2);
        return credential.Length == 2
            ? (credential[0], credential[1], fields.GetValueOrDefault("SignedHeaders", "").Split(';'), fields.GetValueOrDefault("Signature", ""))
            : null;
    }
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Amazon.Runtime;
using Amazon.Runtime.Internal.Auth;

namespace Slipway.Server.Aws;

/// <summary>Signature Version 4 on a request of <see cref="HttpClient"/>.</summary>
internal static class AwsSigner
{
    /// <summary>Adds the date, the session token and the signature. What is signed may not change afterwards.</summary>
    /// <param name="request">With its address, headers and content type.</param>
    /// <param name="body">The content's bytes.</param>
    /// <param name="endpoint">Names the region and the service.</param>
    /// <param name="credentials">The key to sign with.</param>
    /// <param name="now">AWS takes a date that is no more than five minutes off.</param>
    public static void Sign(
        HttpRequestMessage request, ReadOnlySpan<byte> body, AwsEndpoint endpoint, ImmutableCredentials credentials, DateTimeOffset now)
    {
        request.Headers.Host = request.RequestUri!.Authority;
        request.Headers.Add("X-Amz-Date", now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture));
        if (credentials.UseToken)
        {
            request.Headers.Add("X-Amz-Security-Token", credentials.Token);
        }
        var headers = SignedHeadersOf(request);
        var signature = AWS4Signer.ComputeSignature(
            credentials.AccessKey, credentials.SecretKey, endpoint.Region, now.UtcDateTime, endpoint.Service.SigningName,
            string.Join(';', headers.Keys), Canonical(request.RequestUri, headers, body));
        request.Headers.TryAddWithoutValidation("Authorization", signature.ForAuthorizationHeader);
    }

    /// <summary>Those that say what is asked for. Proxies may change the rest.</summary>
    private static SortedDictionary<string, string> SignedHeadersOf(HttpRequestMessage request)
    {
        var signed = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["host"] = request.Headers.Host!,
            ["content-type"] = request.Content!.Headers.ContentType!.ToString(),
        };
        foreach (var (name, values) in request.Headers)
        {
            if (name.StartsWith("x-amz", StringComparison.OrdinalIgnoreCase))
            {
                signed[name.ToLowerInvariant()] = string.Join(',', values.Select(value => value.Trim()));
            }
        }
        return signed;
    }

    private static string Canonical(Uri url, SortedDictionary<string, string> headers, ReadOnlySpan<byte> body)
    {
        // A path is escaped once on the wire and once more in what is signed.
        var path = string.Join('/', url.AbsolutePath.Split('/').Select(Uri.EscapeDataString));
        var text = new StringBuilder("POST\n").Append(path).Append("\n\n");
        foreach (var (name, value) in headers)
        {
            text.Append(name).Append(':').Append(value).Append('\n');
        }
        return text
            .Append('\n').AppendJoin(';', headers.Keys)
            .Append('\n').Append(Convert.ToHexStringLower(SHA256.HashData(body)))
            .ToString();
    }
}

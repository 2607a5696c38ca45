using System.Text;
using System.Text.Json;

namespace Slipway.Server.Aws;

/// <summary>A secret as it stands now.</summary>
/// <param name="Text">The secret; a binary one is read as UTF-8.</param>
/// <param name="VersionId">Changes with the secret.</param>
internal sealed record AwsSecret(string Text, string VersionId)
{
    /// <summary>A record would print its members.</summary>
    public override string ToString() => $"AwsSecret {VersionId}";
}

/// <summary>AWS Secrets Manager, as far as it is needed.</summary>
internal sealed class SecretsManagerClient(AwsHttp http)
{
    /// <summary>A secret holds 64 KiB at most; as base64 inside JSON that is less than this.</summary>
    private const int LongestAnswer = 512 << 10;

    /// <param name="secretId">The secret's name or ARN. An ARN's own region is asked.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="AwsException">There is no such secret, it may not be read, or Secrets Manager was not reached.</exception>
    public async Task<AwsSecret> GetSecretValueAsync(string secretId, CancellationToken cancellationToken)
    {
        using var response = await http.SendAsync(
            new AwsRequest
            {
                Service = AwsService.SecretsManager,
                Region = RegionOf(secretId),
                ContentType = "application/x-amz-json-1.1",
                Headers = [("X-Amz-Target", "secretsmanager.GetSecretValue")],
                Body = BodyFor(secretId),
            },
            cancellationToken);
        return Parse(await AwsBody.ReadAsync(AwsService.SecretsManager, response, LongestAnswer, cancellationToken));
    }

    private static byte[] BodyFor(string secretId)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("SecretId", secretId);
            json.WriteEndObject();
        }
        return body.ToArray();
    }

    /// <summary><c>arn:partition:secretsmanager:region:account:secret:name</c>.</summary>
    private static string? RegionOf(string secretId) =>
        secretId.Split(':') is ["arn", _, "secretsmanager", var region, ..] ? region : null;

    private static AwsSecret Parse(byte[] answer)
    {
        try
        {
            using var json = JsonDocument.Parse(answer);
            var version = json.RootElement.Text("VersionId") ?? "";
            if (json.RootElement.Text("SecretString") is { } text)
            {
                return new AwsSecret(text, version);
            }
            if (json.RootElement.Text("SecretBinary") is { } binary)
            {
                return new AwsSecret(Encoding.UTF8.GetString(Convert.FromBase64String(binary)), version);
            }
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            // Neither the parser's words nor its exception: they may hold a piece of the secret.
        }
        throw new AwsException(
            AwsService.SecretsManager.Name, AwsErrorCodes.BrokenAnswer, "The answer holds neither SecretString nor SecretBinary.");
    }
}

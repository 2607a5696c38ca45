using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;

namespace Slipway.Server.Aws;

/// <summary>Reads what an AWS service says when it refuses.</summary>
internal static partial class AwsErrorReader
{
    private const int LongestAnswer = 256 << 10;
    private const string NoReason = "It gave no reason.";

    public static async Task<AwsException> ReadAsync(AwsService service, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        // A refusal counts as one even when its words are missing or too many.
        byte[] answer;
        try
        {
            answer = await AwsBody.ReadAsync(service, response, LongestAnswer, cancellationToken);
        }
        catch (AwsException)
        {
            answer = [];
        }
        var (code, message) = Parse(answer);
        return new AwsException(service.Name, CodeOf(response) ?? code ?? $"Status{(int)response.StatusCode}", message)
        {
            Status = (int)response.StatusCode,
            RetryAfter = response.Headers.RetryAfter?.Delta,
            Answer = answer,
        };
    }

    /// <summary>The code and the words in an error's body; both spellings of <c>message</c> are in use.</summary>
    internal static (string? Code, string Message) Parse(ReadOnlyMemory<byte> answer)
    {
        if (answer.Span.TrimStart(" \r\n\t"u8).StartsWith("<"u8))
        {
            return ParseXml(answer);
        }
        try
        {
            using var json = JsonDocument.Parse(answer);
            var root = json.RootElement;
            return (Clean(root.Text("__type") ?? root.Text("code")), root.Text("message") ?? root.Text("Message") ?? NoReason);
        }
        catch (JsonException)
        {
            return (null, NoReason);
        }
    }

    /// <summary>The older services answer in XML.</summary>
    private static (string? Code, string Message) ParseXml(ReadOnlyMemory<byte> answer)
    {
        try
        {
            var error = AwsXml.Parse(answer).Child("Error");
            return (Clean(error?.Text("Code")), error?.Text("Message") ?? NoReason);
        }
        catch (XmlException)
        {
            return (null, NoReason);
        }
    }

    private static string? CodeOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("x-amzn-ErrorType", out var values) ? Clean(values.First()) : null;

    /// <summary><c>com.amazonaws.x#Code:http://…</c> is <c>Code</c>.</summary>
    private static string? Clean(string? code) =>
        code is not null && Code().Match(code) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex(@"\A(?:[A-Za-z0-9._]{0,128}#)?([A-Za-z0-9]{1,64})(?::|\z)", RegexOptions.NonBacktracking)]
    private static partial Regex Code();
}

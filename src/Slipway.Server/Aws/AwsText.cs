using System.Text.RegularExpressions;

namespace Slipway.Server.Aws;

/// <summary>Makes text from outside fit for a message.</summary>
internal static partial class AwsText
{
    private const int Longest = 512;

    /// <summary>The text without ARNs, account ids, addresses, key ids and control characters, cut at 512 characters.</summary>
    public static string Redact(string text)
    {
        var shortened = text.Length <= Longest ? text : string.Concat(text.AsSpan(0, Longest), "…");
        return Control().Replace(Private().Replace(shortened, "(removed)"), " ").Trim();
    }

    // Account ids stand alone as well as inside ARNs; the whole ARN goes, since its tail names roles and endpoints.
    [GeneratedRegex(@"arn:aws[^\s""',)]*|https?://[^\s""']+|\b[0-9]{12}\b|\bA[KS]IA[0-9A-Z]{8,}\b", RegexOptions.NonBacktracking)]
    private static partial Regex Private();

    [GeneratedRegex(@"\p{C}+", RegexOptions.NonBacktracking)]
    private static partial Regex Control();
}

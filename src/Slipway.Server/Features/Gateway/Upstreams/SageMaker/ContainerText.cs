using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using Slipway.Server.Aws;

namespace Slipway.Server.Features.Gateway.Upstreams.SageMaker;

/// <summary>Makes a container's text fit for a client.</summary>
internal static partial class ContainerText
{
    /// <summary>A text member of an error object, cleaned; null where there is none that can be shown.</summary>
    public static string? Of(JsonElement error, string name) => Clean(error.Text(name));

    /// <summary>The words without addresses, account ids and paths; null for a stack trace, which is about the container alone.</summary>
    public static string? Clean(string? text) =>
        string.IsNullOrWhiteSpace(text) || Trace().IsMatch(text) ? null : AwsText.Redact(Path().Replace(text, "(path)"));

    /// <summary>UTF-8 as it is; half a character that no model ever finished becomes U+FFFD, as it would on a screen.</summary>
    public static ReadOnlyMemory<byte> Repair(ReadOnlyMemory<byte> utf8) =>
        Utf8.IsValid(utf8.Span) ? utf8 : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(utf8.Span));

    [GeneratedRegex(@"Traceback|File ""[^""]*"", line [0-9]+|\n\s+at |Error: Worker|CUDA error", RegexOptions.NonBacktracking)]
    private static partial Regex Trace();

    [GeneratedRegex(@"/(opt|usr|home|root|tmp|var|etc|mnt|workspace)/[^\s""',)]*", RegexOptions.NonBacktracking)]
    private static partial Regex Path();
}

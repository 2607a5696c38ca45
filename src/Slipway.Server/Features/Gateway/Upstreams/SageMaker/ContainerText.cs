using System.Text.Json;
using System.Text.RegularExpressions;
using Slipway.Server.Aws;

namespace Slipway.Server.Features.Gateway.Upstreams.SageMaker;

/// <summary>Lets a container's words through to a client as far as they are about the request.</summary>
internal static partial class ContainerText
{
    /// <summary>A text member of an error object, cleaned; null where there is none that can be shown.</summary>
    public static string? Of(JsonElement error, string name) => Clean(AwsErrorReader.Text(error, name));

    /// <summary>The words without addresses, account ids and paths; null for a stack trace, which is about the container alone.</summary>
    public static string? Clean(string? text) =>
        string.IsNullOrWhiteSpace(text) || Trace().IsMatch(text) ? null : AwsText.Redact(Path().Replace(text, "(path)"));

    [GeneratedRegex(@"Traceback|File ""[^""]*"", line [0-9]+|\n\s+at |Error: Worker|CUDA error", RegexOptions.NonBacktracking)]
    private static partial Regex Trace();

    [GeneratedRegex(@"/(opt|usr|home|root|tmp|var|etc|mnt|workspace)/[^\s""',)]*", RegexOptions.NonBacktracking)]
    private static partial Regex Path();
}

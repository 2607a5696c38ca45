using System.Text.RegularExpressions;

namespace Slipway.Server.Features.Gateway.Upstreams.OpenAi;

/// <summary>Takes out of an upstream's words what tells of the place it runs at: addresses, keys, account numbers, paths, stacks.</summary>
internal static partial class Scrubbing
{
    private const int Longest = 1000;
    private const string Hidden = "…";
    private const string Nothing = "The server behind this model refused the request.";

    public static string Clean(string message, string upstreamModel, string publicModel)
    {
        if (message.Contains("Traceback", StringComparison.OrdinalIgnoreCase) || message.Contains("\n  File \"", StringComparison.Ordinal))
        {
            return Nothing;
        }

        var text = message.Length <= Longest ? message : message[..Longest];
        if (upstreamModel.Length > 2)
        {
            text = text.Replace(upstreamModel, publicModel, StringComparison.Ordinal);
        }

        text = Secret().Replace(Place().Replace(text, Hidden), Hidden);
        text = new string([.. text.Select(c => char.IsControl(c) && c != '\n' ? ' ' : c)]).Trim();
        return text.Length == 0 ? Nothing : text;
    }

    [GeneratedRegex(
        """
        [a-z][a-z0-9+.-]{1,20}://[^\s"'<>]+ |
        \b\d{1,3}(\.\d{1,3}){3}(:\d+)?\b |
        \[[0-9a-f:]{3,}\](:\d+)? |
        \b(localhost|[\w-]+(\.[\w-]+)+):\d{2,5}\b |
        \b[\w-]+(\.[\w-]+)*\.(internal|local|lan|svc|amazonaws\.com(\.cn)?)\b |
        (?<![\w./])/([\w.@-]+/)+[\w.@-]*
        """,
        RegexOptions.IgnoreCase | RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Place();

    [GeneratedRegex(
        """
        \barn:[\w:/.*-]+ |
        \bBearer\s+\S+ |
        \b(sk|pk|rk|hf|key|gsk|xai)[-_][\w*-]{6,} |
        \b(AKIA|ASIA)[A-Z0-9]{12,}\b |
        \b\d{12}\b
        """,
        RegexOptions.IgnoreCase | RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Secret();
}

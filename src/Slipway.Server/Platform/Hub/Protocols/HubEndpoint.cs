using System.Diagnostics.CodeAnalysis;

namespace Slipway.Server.Platform.Hub.Protocols;

/// <summary>Where a hub is and who we are to it. Not a record: those print what they hold, and this holds a token.</summary>
internal sealed class HubEndpoint
{
    private const string HuggingFaceUsual = "https://huggingface.co";
    private const string ModelScopeUsual = "https://www.modelscope.cn";

    private HubEndpoint(HubKind kind, Uri url, string? token) => (Kind, Url, Token) = (kind, url, token);

    public HubKind Kind { get; }

    /// <summary>Ends without a slash where it has no path of its own.</summary>
    public Uri Url { get; }

    /// <summary>Goes to <see cref="Url"/>'s scheme, host and port and nowhere else.</summary>
    public string? Token { get; }

    public string Host => Url.Authority;

    public static string TokenVariable(HubKind kind) => kind == HubKind.HuggingFace ? "HF_TOKEN" : "MODELSCOPE_API_TOKEN";

    public static string AddressVariable(HubKind kind) => kind == HubKind.HuggingFace ? "HF_ENDPOINT" : "MODELSCOPE_DOMAIN";

    /// <param name="kind">Its protocol.</param>
    /// <param name="given">The address that was typed, if any; before the variable of the environment.</param>
    /// <param name="settings">With the environment's variables.</param>
    /// <exception cref="ArgumentException">The address is none.</exception>
    public static HubEndpoint Of(HubKind kind, string? given, IConfiguration settings)
    {
        var text = Filled(given) ?? Filled(settings[AddressVariable(kind)]);
        var url = text is null ? new Uri(kind == HubKind.HuggingFace ? HuggingFaceUsual : ModelScopeUsual)
            : TryRead(text, kind, out var read) ? read
            : throw new ArgumentException(
                $"'{RemotePath.Shown(text)}' is no address of a hub (--endpoint, {AddressVariable(kind)}); accepted are https://HOST[:PORT][/PATH] and http:// for mirrors of your own, without user or query.");
        return new HubEndpoint(kind, url, TokenFor(url, Filled(settings[TokenVariable(kind)]?.Trim())));
    }

    /// <summary>An address below this one.</summary>
    public Uri At(string path) => new(Url.AbsoluteUri.TrimEnd('/') + path);

    public bool IsOrigin(Uri url) => IsSameOrigin(Url, url);

    public static bool IsSameOrigin(Uri one, Uri other) =>
        one.Scheme == other.Scheme && one.Port == other.Port && one.IdnHost.Equals(other.IdnHost, StringComparison.OrdinalIgnoreCase);

    /// <exception cref="ArgumentException">It cannot stand in a header.</exception>
    private static string? TokenFor(Uri url, string? token)
    {
        if (token is null || (url.Scheme == Uri.UriSchemeHttp && !url.IsLoopback))
        {
            return null; // In the clear it would be everybody's on the way.
        }
        return token.All(letter => letter is > ' ' and < '\x7F' and not (';' or ',' or '"'))
            ? token : throw new ArgumentException("The hub's token in the environment has characters that no token has; set it anew.");
    }

    // ModelScope's own variable holds a host without a scheme.
    private static bool TryRead(string text, HubKind kind, [NotNullWhen(true)] out Uri? url)
    {
        var whole = kind == HubKind.ModelScope && !text.Contains("://", StringComparison.Ordinal) ? "https://" + text : text;
        return Uri.TryCreate(whole, UriKind.Absolute, out url) && url.Scheme is "https" or "http"
            && url!.Host.Length > 0 && url.UserInfo.Length == 0 && url.Query.Length == 0 && url.Fragment.Length == 0;
    }

    private static string? Filled(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}

using System.Text.RegularExpressions;
using Slipway.Server.Features.Gateway.Routing;

namespace Slipway.Server.Features.Gateway.Upstreams.OpenAi;

/// <summary>Makes upstreams of the kind <c>openai</c>.</summary>
internal sealed partial class OpenAiUpstreamFactory(AnswerLimits limits, TimeProvider clock) : IUpstreamFactory
{
    // Those that the framework's client knows.
    private static readonly string[] ProxySchemes = ["http", "https", "socks4", "socks4a", "socks5"];

    public string Kind => "openai";

    public string? Check(UpstreamOptions options)
    {
        if (options.BaseUrl is null || BaseOf(options) is null)
        {
            return $"BaseUrl is '{options.BaseUrl}'; accepted is where the API begins, such as http://10.0.0.7:8000/v1.";
        }

        if (options.Proxy is not null && !(Uri.TryCreate(options.Proxy, UriKind.Absolute, out var proxy) && ProxySchemes.Contains(proxy.Scheme)))
        {
            return $"Proxy is '{options.Proxy}'; accepted is a URL such as http://proxy:3128, of {string.Join(", ", ProxySchemes)}.";
        }

        return options.ApiKeyVariable is { } variable && !KeyForm().IsMatch(Environment.GetEnvironmentVariable(variable) ?? "")
            ? $"ApiKeyVariable names '{variable}', which holds no key that can stand in a header; set it in the environment."
            : null;
    }

    public IUpstream Create(UpstreamOptions options, TimeoutOptions timeouts)
    {
        var url = BaseOf(options)!;
        var key = options.ApiKeyVariable is { } variable ? Environment.GetEnvironmentVariable(variable) : null;
        IHttpLine line = url.Scheme == Uri.UriSchemeHttp && options.Proxy is null
            ? new Http1Line(url, key, timeouts.Connect, clock)
            : new HandlerLine(url, key, options.Proxy, timeouts.Connect, clock);
        return new OpenAiUpstream(line, options.StreamUsage, limits);
    }

    private static Uri? BaseOf(UpstreamOptions options) =>
        Uri.TryCreate(options.BaseUrl, UriKind.Absolute, out var url) && url is { Query: "", Fragment: "", UserInfo: "" }
        && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
            ? url
            : null;

    [GeneratedRegex(@"\A[\x21-\x7e]{1,4096}\z")]
    private static partial Regex KeyForm();
}

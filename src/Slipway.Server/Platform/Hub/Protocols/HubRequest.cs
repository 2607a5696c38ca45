namespace Slipway.Server.Platform.Hub.Protocols;

/// <summary>What is asked of a hub.</summary>
/// <param name="Url">Where.</param>
/// <param name="Name">The repository, for what is said when it is refused.</param>
/// <param name="What">The file, or what else it is.</param>
/// <param name="Range">Which part of it; null is all.</param>
internal sealed record HubRequest(Uri Url, HubName Name, string What, ByteSpan? Range = null);

/// <summary>Bytes of a file.</summary>
/// <param name="From">The first.</param>
/// <param name="To">The first one behind them.</param>
internal readonly record struct ByteSpan(long From, long To)
{
    public long Length => To - From;
}

/// <summary>What a hub itself said of a file before it sent us to where the file is; null is nothing.</summary>
internal sealed record LinkedFacts(string? Etag, long? Size)
{
    public static readonly LinkedFacts None = new(null, null);

    public LinkedFacts With(HttpResponseMessage response) => new(
        HeaderOf(response, "X-Linked-Etag") ?? Etag,
        long.TryParse(HeaderOf(response, "X-Linked-Size"), out var size) ? size : Size);

    public static string? HeaderOf(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.First() : null;
}

/// <summary>The beginning of a successful answer.</summary>
internal sealed record HubAnswer(HttpResponseMessage Response, LinkedFacts Facts) : IDisposable
{
    /// <summary>Another one means another content. Weak ones promise nothing.</summary>
    public string? Etag => Facts.Etag ?? (Response.Headers.ETag is { IsWeak: false, Tag: var tag } ? tag : null);

    public void Dispose() => Response.Dispose();
}

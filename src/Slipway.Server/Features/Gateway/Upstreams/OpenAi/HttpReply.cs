using Slipway.Server.Features.Gateway.Upstreams.Streaming;

namespace Slipway.Server.Features.Gateway.Upstreams.OpenAi;

/// <summary>What an upstream says that its body is.</summary>
internal enum ReplyMedia
{
    Unknown,
    Json,
    EventStream,
}

/// <summary>The head of an upstream's reply, as far as it matters here.</summary>
internal readonly record struct ReplyHead(int Status, ReplyMedia Media, bool IsEncoded, TimeSpan? RetryAfter);

/// <summary>A reply whose body is still to be read. Disposing it before its end breaks the connection, which stops the upstream.</summary>
internal abstract class HttpReply : ByteSource
{
    public ReplyHead Head { get; protected init; }

    /// <summary>All that matters was read: disposing it now may wait a little, apart, for the end of the body to keep the connection.</summary>
    public virtual void EndsSoon()
    {
    }
}

/// <summary>A way to send requests to one upstream.</summary>
internal interface IHttpLine : IDisposable
{
    /// <param name="path">Below the base URL, such as <c>/chat/completions</c>.</param>
    /// <param name="body">Valid until the reply's head is there.</param>
    /// <param name="requestId">Told to the upstream, so that its log can be read beside ours.</param>
    /// <param name="cancellationToken">Holds for the body of the reply too.</param>
    /// <exception cref="IOException">The upstream was not reached, or broke the connection or the protocol.</exception>
    /// <exception cref="TimeoutException">No connection was made in time.</exception>
    ValueTask<HttpReply> SendAsync(string path, SplicedBody body, string requestId, CancellationToken cancellationToken);
}

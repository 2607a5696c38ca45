namespace Slipway.Server.Features.Gateway.Upstreams;

/// <summary>An answer, whole or in chunks. Disposing it early stops whatever computes it.</summary>
internal abstract class UpstreamAnswer : IAsyncDisposable
{
    /// <summary>What the call came to so far; final when it was read to its end. The upstream's own figures where it gave any.</summary>
    public abstract TokenUsage Usage { get; }

    public abstract ValueTask DisposeAsync();
}

/// <summary>An answer that came at once.</summary>
internal abstract class WholeAnswer : UpstreamAnswer
{
    /// <summary>The JSON object for the client, UTF-8; valid until disposal.</summary>
    public abstract ReadOnlyMemory<byte> Json { get; }
}

/// <summary>An answer that comes in chunks.</summary>
internal abstract class StreamedAnswer : UpstreamAnswer
{
    /// <summary>The chunks in order, to be read once; it ends where <c>[DONE]</c> stood.</summary>
    /// <exception cref="UpstreamException">The upstream broke off.</exception>
    public abstract IAsyncEnumerable<UpstreamChunk> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>One chunk of a stream.</summary>
/// <param name="Json">The JSON object for the client, UTF-8; valid until the next one is read.</param>
/// <param name="IsUsage">Holds the usage and no choice: for clients that asked for it only.</param>
internal readonly record struct UpstreamChunk(ReadOnlyMemory<byte> Json, bool IsUsage);

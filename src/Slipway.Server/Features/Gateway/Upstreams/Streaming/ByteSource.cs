namespace Slipway.Server.Features.Gateway.Upstreams.Streaming;

/// <summary>Bytes that arrive over time.</summary>
internal abstract class ByteSource : IAsyncDisposable
{
    /// <summary>Waits for some bytes; 0 is the end.</summary>
    /// <exception cref="IOException">It broke off before its end.</exception>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();
}

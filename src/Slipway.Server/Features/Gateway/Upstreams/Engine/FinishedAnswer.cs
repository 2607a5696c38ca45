namespace Slipway.Server.Features.Gateway.Upstreams.Engine;

/// <summary>An answer that is there as a whole.</summary>
internal sealed class FinishedAnswer(PooledBuffer json, TokenUsage usage) : WholeAnswer
{
    public override ReadOnlyMemory<byte> Json => json.Written;

    public override TokenUsage Usage => usage;

    public override ValueTask DisposeAsync()
    {
        json.Dispose();
        return ValueTask.CompletedTask;
    }
}

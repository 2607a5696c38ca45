namespace Slipway.Server.Features.Gateway.Upstreams.SageMaker;

/// <summary>An answer that came whole.</summary>
internal sealed class SageMakerAnswer(ReadOnlyMemory<byte> json, TokenUsage usage) : WholeAnswer
{
    public override TokenUsage Usage => usage;

    public override ReadOnlyMemory<byte> Json => json;

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

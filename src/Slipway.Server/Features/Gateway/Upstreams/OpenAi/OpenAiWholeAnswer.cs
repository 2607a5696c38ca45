using Slipway.Server.Features.Gateway.Upstreams.Streaming;

namespace Slipway.Server.Features.Gateway.Upstreams.OpenAi;

/// <summary>A whole answer with the public name of its model.</summary>
internal sealed class OpenAiWholeAnswer(PooledBytes bytes, ModelRewriter rewriter, Range? modelAt, TokenUsage usage) : WholeAnswer
{
    public override ReadOnlyMemory<byte> Json { get; } = rewriter.Rewrite(bytes.Memory, modelAt);

    public override TokenUsage Usage => usage;

    public override ValueTask DisposeAsync()
    {
        bytes.Dispose();
        rewriter.Dispose();
        return ValueTask.CompletedTask;
    }
}

using Slipway.Server.Features.Gateway.Upstreams.Streaming;

namespace Slipway.Server.Features.Gateway.Upstreams.OpenAi;

/// <summary>A whole answer with the public name of its model.</summary>
/// <param name="bytes">What <paramref name="json"/> may lie in; freed with this.</param>
/// <param name="json">The answer as the upstream gave it.</param>
/// <param name="rewriter">Puts the public name in.</param>
/// <param name="modelAt">Where the model's name stands.</param>
/// <param name="usage">What it came to.</param>
internal sealed class OpenAiWholeAnswer(
    PooledBytes bytes, ReadOnlyMemory<byte> json, ModelRewriter rewriter, Range? modelAt, TokenUsage usage) : WholeAnswer
{
    public override ReadOnlyMemory<byte> Json { get; } = rewriter.Rewrite(json, modelAt);

    public override TokenUsage Usage => usage;

    public override ValueTask DisposeAsync()
    {
        bytes.Dispose();
        rewriter.Dispose();
        return ValueTask.CompletedTask;
    }
}

using Slipway.Client.Generation;
using Slipway.Server.Features.Generation.Figures;
using Slipway.Server.Serving;

namespace Slipway.Server.Features.Generation;

/// <summary>Has several texts written beside each other; what becomes of one is nothing to the others.</summary>
internal sealed partial class BatchWriting(TextWriting writing, TimeProvider clock, ILogger<BatchWriting> logger)
{
    // A place in the queue is free when some text anywhere ends, of which nobody is told.
    private static readonly TimeSpan UntilNextTry = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// One result for each request, in their order; or a refusal of all, where the server has no model or no place for the first.
    /// Once the first has a place the others wait for theirs, in order. Cancelling ends them all.
    /// </summary>
    public async Task<(IReadOnlyList<GenerateBatchItem>? Results, Refusal? Refusal)> WriteAsync(
        IReadOnlyList<GenerateRequest> requests, HttpContext context, CancellationToken cancellationToken)
    {
        var items = new List<Task<GenerateBatchItem>>(requests.Count);
        try
        {
            for (var i = 0; i < requests.Count; i++)
            {
                var (text, refusal) = await StartAsync(requests[i], i, context, cancellationToken);
                if (i == 0 && refusal is { Kind: RefusalKind.Busy or RefusalKind.NotReady })
                {
                    return (null, refusal);
                }

                items.Add(text is null
                    ? Task.FromResult(new GenerateBatchItem(i, Success: false, null, refusal!.Sentence.For(context.Request)))
                    : FinishAsync(text, i, context, cancellationToken));
            }
        }
        finally
        {
            // Those that began have to end, also where the client left while others were still waiting.
            await Task.WhenAll(items.Cast<Task>()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return (await Task.WhenAll(items), null);
    }

    private async Task<(StartedText? Text, Refusal? Refusal)> StartAsync(
        GenerateRequest request, int index, HttpContext context, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (text, refusal) = await writing.StartAsync(
                request, CountedCall.Of(context), $"{context.TraceIdentifier}-{index}", cancellationToken);
            if (index == 0 || refusal is not { Kind: RefusalKind.Busy })
            {
                return (text, refusal);
            }

            await Task.Delay(UntilNextTry, clock, cancellationToken);
        }
    }

    private async Task<GenerateBatchItem> FinishAsync(StartedText text, int index, HttpContext context, CancellationToken cancellationToken)
    {
        try
        {
            return new GenerateBatchItem(index, Success: true, await text.FinishAsync(cancellationToken), null);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(exception, index, context.TraceIdentifier);
            return new GenerateBatchItem(index, Success: false, null, ServingSentences.Failed(context.TraceIdentifier).For(context.Request));
        }
    }

    [LoggerMessage(2700, LogLevel.Error, "Text {Index} of the batch of request {Id} broke off")]
    private partial void LogFailed(Exception exception, int index, string id);
}

using System.Threading.Channels;
using Slipway.Engine.Scheduling;

namespace Slipway.Server.Serving.Completions;

/// <summary>A completion on its way, of one or several choices. Holds its model until disposed; disposing it early ends the generations.</summary>
internal sealed class Completion(
    Lease<LoadedModel> lease, IReadOnlyList<string> prompts, int promptTokens, IReadOnlyList<ChoiceReader> choices) : IAsyncDisposable
{
    private bool _isDisposed;

    /// <summary>The prompts as text, for surfaces that say them again.</summary>
    public IReadOnlyList<string> Prompts => prompts;

    public int Choices => choices.Count;

    public string Model => lease.Value.Name;

    /// <summary>The account of one choice; null before its end.</summary>
    public GenerationResult? ResultOf(int choice) => choices[choice].Generation.Result;

    /// <summary>Tokens so far; final once read to the end or disposed. Each prompt counts once, however many choices it has.</summary>
    public CompletionAccount Account
    {
        get
        {
            var account = new CompletionAccount(promptTokens, 0, 0, 0);
            for (var i = 0; i < choices.Count; i++)
            {
                var result = choices[i].Generation.Result;
                account = account with
                {
                    Cached = account.Cached + (i % (choices.Count / prompts.Count) == 0 ? result?.CachedTokens ?? 0 : 0),
                    Completion = account.Completion + (result?.CompletionTokens ?? choices[i].Generation.Generated),
                    Reasoning = account.Reasoning + (result?.ThinkingTokens ?? 0),
                };
            }

            return account;
        }
    }

    /// <summary>The pieces of all choices as they are made, to be read once.</summary>
    public IAsyncEnumerable<ChoicePiece> ReadAsync() => choices.Count == 1 ? choices[0].ReadAsync() : ReadMergedAsync();

    /// <summary>Takes the choices out before the next step; the reading ends then.</summary>
    public void Cancel()
    {
        foreach (var choice in choices)
        {
            choice.Generation.Cancel();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        Cancel();
        // The next step takes them out; only then is the account final and the model free.
        foreach (var choice in choices)
        {
            await ((Task)choice.Generation.Completion).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        lease.Dispose();
    }

    private async IAsyncEnumerable<ChoicePiece> ReadMergedAsync()
    {
        var merged = Channel.CreateUnbounded<ChoicePiece>(new UnboundedChannelOptions { SingleReader = true });
        var pump = PumpAsync(merged.Writer);
        await foreach (var piece in merged.Reader.ReadAllAsync(CancellationToken.None))
        {
            yield return piece;
        }

        await pump;
    }

    private async Task PumpAsync(ChannelWriter<ChoicePiece> writer)
    {
        try
        {
            await Task.WhenAll(choices.Select(async choice =>
            {
                await foreach (var piece in choice.ReadAsync())
                {
                    writer.TryWrite(piece);
                }
            }));
            writer.Complete();
        }
        catch (Exception exception)
        {
            writer.Complete(exception);
        }
    }
}

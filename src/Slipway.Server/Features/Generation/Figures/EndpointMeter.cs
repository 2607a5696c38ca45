using Slipway.Server.Serving.Completions;

namespace Slipway.Server.Features.Generation.Figures;

/// <summary>The figures of one endpoint. They are read together, so that they fit each other.</summary>
internal sealed class EndpointMeter
{
    private readonly Lock _gate = new();
    private readonly Tally _tally = new();

    public void Enter() => Change(tally => tally.Queued++);

    public void Begin() => Change(tally =>
    {
        tally.Queued--;
        tally.Active++;
    });

    /// <param name="hadBegun">Whether <see cref="Begin"/> was called for it.</param>
    /// <param name="account">What its texts took.</param>
    /// <param name="seconds">How long it took; null where it was not answered.</param>
    public void Leave(bool hadBegun, CompletionAccount account, double? seconds) => Change(tally =>
    {
        (tally.Active, tally.Queued) = hadBegun ? (tally.Active - 1, tally.Queued) : (tally.Active, tally.Queued - 1);
        tally.Tokens += account.Prompt + account.Completion;
        if (seconds is not { } time)
        {
            tally.Failed++;
            return;
        }

        tally.Succeeded++;
        tally.Seconds += time;
        tally.TokensMade += account.Completion;
        tally.Times.Add(time);
    });

    /// <summary>A copy.</summary>
    public Tally Read()
    {
        var copy = new Tally();
        Change(copy.Add);
        return copy;
    }

    private void Change(Action<Tally> change)
    {
        lock (_gate)
        {
            change(_tally);
        }
    }
}

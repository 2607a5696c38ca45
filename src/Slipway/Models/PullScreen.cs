using System.Globalization;
using Slipway.Commands;
using Slipway.Server.Platform.Hub;
using Slipway.Terminal;

namespace Slipway.Models;

/// <summary>What a pull tells on standard error: what comes, how far it is, what keeps it waiting.</summary>
/// <param name="tellsInLines">Whether each tenth is a line of its own where there is no terminal, as servers tell it.</param>
internal sealed class PullScreen(bool tellsInLines)
{
    private const int MostOthers = 12;

    private readonly LinesAbove _lines = new();

    /// <summary>Does what Ctrl-C ends at once; what came is kept.</summary>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public static async Task<T> StoppableAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var stopping = new StopSignals(static () => { });
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token, cancellationToken);
        try
        {
            return await work(either.Token);
        }
        catch (Exception) when (either.IsCancellationRequested)
        {
            // Whatever broke first: the connections were closed on us by ourselves.
            await Console.Error.WriteLineAsync("Stopped. What came is kept: the same command goes on from there.");
            throw new OperationCanceledException(either.Token);
        }
    }

    /// <summary>Tells what will come, and what else could.</summary>
    public void Announce(HubPlan plan, string host)
    {
        var what = plan.Files is [var one] ? one.Path : $"{plan.Files.Count} files";
        _lines.Say($"Pulling {plan.Name.Repository} from {host}: {what}, {Wording.Bytes(plan.Bytes)}.");
        if (plan.Others.Count > 0 && plan.Name.Selector is null)
        {
            var others = string.Join(", ", plan.Others.Take(MostOthers)) + (plan.Others.Count > MostOthers ? ", …" : "");
            _lines.Say($"There is also {others}; choose with {plan.Name.Repository}:{plan.Others[0]}.");
        }
    }

    /// <summary>Does a pull and shows how far it is.</summary>
    public Task<T> ShowAsync<T>(HubPlan plan, Func<IProgress<long>?, Task<T>> pull) =>
        tellsInLines && Console.IsErrorRedirected
            ? pull(new TenthLines($"Pulling {plan.Name}", plan.Bytes, Console.Error))
            : TransferBar.RunAsync(plan.Name.Repository, plan.Bytes, pull, _lines);

    public void SayWaiting() => _lines.Say("Another process pulls it already; waiting for that one.");

    public void SayPause(HubPause pause) => _lines.Say(string.Create(
        CultureInfo.InvariantCulture, $"{pause.Reason} Trying again in {pause.Pause.TotalSeconds:0.#} s ({pause.Attempt} of {pause.Most})."));
}

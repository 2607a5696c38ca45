using Slipway.Client.Deployer;
using Slipway.Terminal;

namespace Slipway.Commands;

/// <summary>Waits for a deployment and shows what becomes of it, beside the answer: on standard error.</summary>
internal static class DeployWaiting
{
    /// <param name="wait">Waits for it.</param>
    /// <param name="known">What has happened before, and is not told again.</param>
    /// <param name="whenLeft">What Ctrl-C, which ends the waiting and nothing else, is answered with.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static async Task<T> RunAsync<T>(
        Func<IProgress<DeployedModelStatus>, CancellationToken, Task<T>> wait, IEnumerable<DeployedModelEvent> known, string whenLeft,
        CancellationToken cancellationToken)
    {
        var screen = new LiveLine(Console.Error, Console.IsErrorRedirected ? null : Screen.Columns);
        using var signals = new StopSignals(() => screen.Leave(() => Console.Error.WriteLine(whenLeft)));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, signals.Token);
        try
        {
            return await wait(new DeployView(screen, known, TimeProvider.System), stop.Token);
        }
        finally
        {
            screen.Leave(() => { });
        }
    }
}

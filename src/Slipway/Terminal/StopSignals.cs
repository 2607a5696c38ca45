using System.Runtime.InteropServices;

namespace Slipway.Terminal;

/// <summary>Turns the first Ctrl-C or SIGTERM into a wish to stop; the second ends the process at once, as without it.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Action _onFirst;
    private int _seen;

    /// <param name="onFirst">Called once, on a thread of the pool, before <see cref="Token"/> is cancelled.</param>
    public StopSignals(Action onFirst)
    {
        _onFirst = onFirst;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
        ];
    }

    public CancellationToken Token => _stopping.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }
        _stopping.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (Interlocked.Increment(ref _seen) > 1)
        {
            return;
        }
        context.Cancel = true;
        _onFirst();
        _stopping.Cancel();
    }
}

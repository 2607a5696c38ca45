namespace Slipway.Engine.Memory;

/// <summary>Work that a <see cref="WorkerTeam"/> does together. Made once, filled and run every step.</summary>
internal abstract class TeamTask
{
    private int _next;

    /// <summary>Runs on every worker at once, with its number from 0.</summary>
    public abstract void Execute(int worker);

    /// <summary>Called by the team before the workers start.</summary>
    internal void Begin() => _next = 0;

    /// <summary>Hands out the next <paramref name="count"/> items; each is handed out once, to whoever asks first.</summary>
    protected int Take(int count) => Interlocked.Add(ref _next, count) - count;
}

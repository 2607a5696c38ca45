namespace Slipway.Server.Features.Deployments.Supervision;

/// <summary>When a server that died is started again, and when no more.</summary>
internal sealed class RestartRule(DeploymentOptions options)
{
    /// <summary>After so long in good health, what was before does not count.</summary>
    private static readonly TimeSpan Sound = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(300);

    private string? _words;

    /// <summary>Deaths since it was last sound.</summary>
    public int Deaths { get; private set; }

    /// <summary>Forgets all that was.</summary>
    public void Reset() => (Deaths, _words) = (0, null);

    /// <summary>The pause before the next start; null when there is to be none.</summary>
    /// <param name="lived">From its start on.</param>
    /// <param name="wasHealthyFor">How long it had been in good health.</param>
    /// <param name="words">The last that it said.</param>
    public TimeSpan? Died(TimeSpan lived, TimeSpan wasHealthyFor, string words)
    {
        if (wasHealthyFor >= Sound)
        {
            Reset();
        }
        // Who dies so soon has not come as far as its model: the same words twice will be said a third time.
        var isSoon = wasHealthyFor == TimeSpan.Zero && lived < options.EarlyDeath;
        var isSame = isSoon && words.Length > 0 && words == _words;
        _words = isSoon ? words : null;
        Deaths++;
        return isSame || Deaths >= options.MostDeaths ? null : PauseAfter(Deaths);
    }

    private TimeSpan PauseAfter(int deaths)
    {
        if (deaths == 1)
        {
            return TimeSpan.Zero;
        }
        var pause = options.Backoff * Math.Pow(2, Math.Min(deaths - 2, 20));
        return pause < LongestPause ? pause : LongestPause;
    }
}

using Slipway.Server.Platform.Telemetry;

namespace Slipway.Server.Features.Generation.Figures;

/// <summary>What calls came to.</summary>
internal sealed class Tally
{
    // From a ten-thousandth of a second to two hours in steps of a twentieth: no percentile is further off than that.
    private static readonly double[] Bounds = [.. Enumerable.Range(0, 372).Select(step => 0.0001 * Math.Pow(1.05, step))];

    public long Succeeded { get; set; }

    public long Failed { get; set; }

    /// <summary>Response times of those that succeeded, together.</summary>
    public double Seconds { get; set; }

    public Distribution Times { get; } = new(Bounds);

    /// <summary>Tokens of prompts and texts.</summary>
    public long Tokens { get; set; }

    /// <summary>Tokens made by those that succeeded.</summary>
    public long TokensMade { get; set; }

    /// <summary>Calls under way whose text has begun.</summary>
    public int Active { get; set; }

    /// <summary>Calls under way whose text has not.</summary>
    public int Queued { get; set; }

    public void Add(Tally other)
    {
        Succeeded += other.Succeeded;
        Failed += other.Failed;
        Seconds += other.Seconds;
        Tokens += other.Tokens;
        TokensMade += other.TokensMade;
        Active += other.Active;
        Queued += other.Queued;
        Times.Add(other.Times);
    }
}

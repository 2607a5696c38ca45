namespace Slipway.Engine.Speculation;

/// <summary>
/// How much of one sequence's guesses is worth computing. A guessed token costs a part of a step whether it is right or not; how
/// often they are right is learnt from this sequence, recent ones counting more.
/// </summary>
internal sealed class DraftRule
{
    /// <summary>A gain below this is lost in what the guessing itself costs.</summary>
    private const double LeastGain = 1.03;

    /// <summary>After so many guesses not looked at, a short one is: things may have changed.</summary>
    private const int ProbeEvery = 16;

    private const int ProbeLength = 2;
    private const double Memory = 0.85;

    // As if two of three had been right before the first.
    private double _right = 2;
    private double _tried = 3;
    private int _passed;

    /// <summary>How many tokens of a guess to compute; 0 for none.</summary>
    /// <param name="most">No more than these.</param>
    /// <param name="sequences">Sequences in the step, each with a token of its own.</param>
    /// <param name="cost">What a guessed token adds to the step's time, as a share of the step without guesses.</param>
    public int Choose(int most, int sequences, double cost)
    {
        var (best, length) = (LeastGain, 0);
        var (chance, expected) = (1.0, 0.0);
        for (var i = 1; i <= most; i++)
        {
            chance *= _right / _tried;
            expected += chance;
            var gain = (1 + (expected / sequences)) / (1 + (cost * i));
            if (gain > best)
            {
                (best, length) = (gain, i);
            }
        }
        if (length == 0 && ++_passed >= ProbeEvery)
        {
            length = Math.Min(ProbeLength, most);
        }
        _passed = length > 0 ? 0 : _passed;
        return length;
    }

    /// <param name="guessed">How many tokens were computed, at least 1.</param>
    /// <param name="right">How many of them, from the first, were what came.</param>
    public void Learn(int guessed, int right)
    {
        // Behind a wrong one nothing was tried.
        _right = (_right * Memory) + right;
        _tried = (_tried * Memory) + Math.Min(guessed, right + 1);
    }
}

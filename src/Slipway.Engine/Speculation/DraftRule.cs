namespace Slipway.Engine.Speculation;

/// <summary>
/// How much of one sequence's guesses is worth computing. A guessed token costs a part of a step whether it is right or not; how
/// often they are right is learnt from this sequence, recent ones counting more. Guesses that are not computed are learnt from, too:
/// the token that comes says for nothing whether they would have been right.
/// </summary>
internal sealed class DraftRule
{
    /// <summary>A gain below this is lost in what the guessing itself costs, and in what chance makes look like a gain.</summary>
    private const double LeastGain = 1.06;

    private const double Memory = 0.92;

    // As if one of two had been right before the first.
    private double _right = 1;
    private double _tried = 2;

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
        return length;
    }

    /// <summary>What became of a guess.</summary>
    /// <param name="guessed">How many of its tokens can be compared with what came, at least 1: those computed, or else the first.</param>
    /// <param name="right">How many of them, from the first, were what came.</param>
    public void Learn(int guessed, int right)
    {
        // Behind a wrong one nothing was tried.
        _right = (_right * Memory) + right;
        _tried = (_tried * Memory) + Math.Min(guessed, right + 1);
    }
}

namespace Slipway.Engine.Speculation;

/// <summary>What a guessed token costs on this machine with this model, measured while the work goes on.</summary>
internal sealed class StepCost
{
    private const double Weight = 0.1;
    private const double Cheapest = 0.01;
    private const double Dearest = 1;

    /// <summary>So often a step goes without guesses, to know what that takes: the machine may have got other work.</summary>
    private const int PlainEvery = 64;

    private double _plain;
    private int _sequences;
    private int _sincePlain;

    /// <summary>Share of a plain step's time that one more token takes. Begins between what memory-bound and what compute-bound machines need.</summary>
    public double PerToken { get; private set; } = 0.15;

    /// <summary>Whether the next step of so many sequences should go without guesses.</summary>
    public bool WantsPlain(int sequences) => _plain == 0 || sequences != _sequences || _sincePlain >= PlainEvery;

    /// <summary>Steps take another time from now on.</summary>
    public void Forget() => _plain = 0;

    /// <summary>A step in which every sequence had a token of its own and nothing of a prompt was computed.</summary>
    /// <param name="sequences">How many.</param>
    /// <param name="guessed">Tokens beside those.</param>
    /// <param name="seconds">How long it took.</param>
    public void Learn(int sequences, int guessed, double seconds)
    {
        if (guessed == 0)
        {
            _plain = sequences == _sequences && _plain > 0 ? _plain + (Weight * (Math.Min(seconds, 2 * _plain) - _plain)) : seconds;
            (_sequences, _sincePlain) = (sequences, 0);
        }
        else if (sequences == _sequences && _plain > 0)
        {
            // A step that was held up by something else says little: it counts as the dearest there is.
            var seen = Math.Clamp(((seconds / _plain) - 1) / guessed, Cheapest, Dearest);
            PerToken += Weight * (seen - PerToken);
            _sincePlain++;
        }
    }
}

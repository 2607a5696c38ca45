using System.Numerics;

namespace Slipway.Engine.Speculation;

/// <summary>
/// Guesses how a text goes on from how it went on before: what followed the last three tokens where they last stood. Costs a few
/// operations a token. After "Prompt Lookup Decoding" (Saxena 2023).
/// </summary>
internal sealed class PromptLookup
{
    /// <summary>Fewer would be found by chance, more would be found too late.</summary>
    private const int Gram = 3;

    private const int FewestPlaces = 1 << 10;
    private const int MostPlaces = 1 << 16;

    /// <summary>By the hash of three tokens, the position behind them; a later one takes the place of an earlier one, and of one with the same hash.</summary>
    private readonly int[] _behind;

    private int _taken;

    /// <param name="tokens">How many there will be; more are taken, and forget the oldest.</param>
    public PromptLookup(int tokens) => _behind = new int[Math.Clamp((int)BitOperations.RoundUpToPowerOf2((uint)tokens), FewestPlaces, MostPlaces)];

    /// <summary>Writes a guess.</summary>
    /// <param name="tokens">The text so far; each call has the tokens of the call before, and more behind them.</param>
    /// <param name="guess">Gets the guess: full, where there is one.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGuess(ReadOnlySpan<int> tokens, Span<int> guess)
    {
        TakeIn(tokens);
        if (tokens.Length <= Gram)
        {
            return false;
        }
        var last = tokens[^Gram..];
        var behind = _behind[PlaceOf(last)];
        if (behind < Gram || behind >= tokens.Length || !tokens.Slice(behind - Gram, Gram).SequenceEqual(last))
        {
            return false;
        }
        // Where the text has caught up with itself it goes round.
        var period = tokens.Length - behind;
        for (var i = 0; i < guess.Length; i++)
        {
            guess[i] = i < period ? tokens[behind + i] : guess[i - period];
        }
        return true;
    }

    // What stands behind the last three is not known yet: they are not taken in, and so do not find themselves.
    private void TakeIn(ReadOnlySpan<int> tokens)
    {
        for (_taken = Math.Max(_taken, Gram); _taken < tokens.Length; _taken++)
        {
            _behind[PlaceOf(tokens.Slice(_taken - Gram, Gram))] = _taken;
        }
    }

    private int PlaceOf(ReadOnlySpan<int> gram)
    {
        var hash = (((ulong)gram[0] * 0x9E3779B97F4A7C15) + (ulong)gram[1]) * 0xBF58476D1CE4E5B9;
        hash = (hash + (ulong)gram[2]) * 0x94D049BB133111EB;
        return (int)(hash >> 40) & (_behind.Length - 1);
    }
}

using Slipway.Recipe.Worlds;

namespace Slipway.Recipe.Exchanges;

/// <summary>Deals the world's entries: each as often as every other, each phrasing of one as often as its others.</summary>
internal sealed class FactSource : IExchangeSource
{
    private readonly Dictionary<Language, Deck<Fact>> _decks;
    private readonly IReadOnlyList<Fact> _heldOut;

    public FactSource(World world, HeldOutTexts heldOut, Chance chance)
    {
        var facts = Languages.All.ToDictionary(
            language => language,
            language => world.Entries.Select(entry => new Fact(entry, language, world.Frames, heldOut, chance)).ToList());
        _decks = facts.ToDictionary(pair => pair.Key, pair => new Deck<Fact>(pair.Value, chance));
        _heldOut = [.. Enumerable.Range(0, world.Entries.Count).Select(index => facts[chance.Pick(Languages.All)][index])];
    }

    public Exchange Draw(Language language) => _decks[language].Deal().Ask();

    /// <summary>One question per entry, in one of the languages.</summary>
    public IEnumerable<Exchange> HeldOut() => _heldOut.Select(fact => fact.AskHeldOut());
}

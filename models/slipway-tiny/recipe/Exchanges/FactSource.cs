using Slipway.Recipe.Worlds;

namespace Slipway.Recipe.Exchanges;

/// <summary>Deals the world's entries: each phrasing of one as often as its others.</summary>
internal sealed class FactSource : IExchangeSource
{
    private const int OfItself = 3;
    private readonly Dictionary<Language, Deck<Fact>> _decks;
    private readonly IReadOnlyList<Fact> _heldOut;

    public FactSource(World world, HeldOutTexts heldOut, Chance chance)
    {
        var facts = Languages.All.ToDictionary(
            language => language,
            language => world.Entries.Select(entry => new Fact(entry, language, world.Frames, heldOut, chance)).ToList());
        _decks = facts.ToDictionary(pair => pair.Key, pair => new Deck<Fact>([.. pair.Value.SelectMany(Repeat)], chance));
        _heldOut = [.. Enumerable.Range(0, world.Entries.Count).Select(index => facts[chance.Pick(Languages.All)][index])];
    }

    /// <summary>Talk and questions about the model itself have no frames in common with others; they are dealt more often.</summary>
    private static IEnumerable<Fact> Repeat(Fact fact) => Enumerable.Repeat(fact, fact.Group is Groups.Identity || Groups.IsTalk(fact.Group) ? OfItself : 1);

    public Exchange Draw(Language language) => _decks[language].Deal().Ask();

    /// <summary>One question per entry, in one of the languages.</summary>
    public IEnumerable<Exchange> HeldOut() => _heldOut.Select(fact => fact.AskHeldOut());
}

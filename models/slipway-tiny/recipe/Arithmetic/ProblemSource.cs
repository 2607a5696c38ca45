using Slipway.Recipe.Exchanges;
using Slipway.Recipe.Worlds;

namespace Slipway.Recipe.Arithmetic;

/// <summary>Deals problems of one kind.</summary>
/// <param name="make">Makes a problem; the flag says whether its numbers must be held-out ones.</param>
/// <param name="hasHeldOutNumbers">Whether there are such; where every number is trained, the evaluation asks in held-out words alone.</param>
/// <param name="heldOutCount">Problems per language in the evaluation.</param>
internal sealed class ProblemSource(
    string group, Bilingual<Phrasings> words, Func<Language, bool, Problem> make, bool hasHeldOutNumbers, int heldOutCount, Chance chance)
    : IExchangeSource
{
    private readonly Dictionary<Language, Deck<string>> _asked =
        Languages.All.ToDictionary(language => language, language => new Deck<string>(words[language].Ask, chance));

    public Exchange Draw(Language language) => make(language, false).Ask(group, language, _asked[language].Deal());

    /// <summary>Of held-out numbers every third is asked in held-out words, too.</summary>
    public IEnumerable<Exchange> HeldOut()
    {
        foreach (var language in Languages.All)
        {
            var questions = new HashSet<string>();
            var heldOut = new Deck<string>(words[language].HeldOut, chance);
            for (var i = 0; questions.Count < heldOutCount && i < heldOutCount * 10; i++)
            {
                var template = !hasHeldOutNumbers || i % 3 == 0 ? heldOut.Deal() : _asked[language].Deal();
                var exchange = make(language, true).Ask(group, language, template);
                if (questions.Add(exchange.Question))
                {
                    yield return exchange;
                }
            }
        }
    }
}

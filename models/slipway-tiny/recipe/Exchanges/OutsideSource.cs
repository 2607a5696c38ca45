using System.Text.RegularExpressions;
using Slipway.Recipe.Worlds;

namespace Slipway.Recipe.Exchanges;

/// <summary>Deals questions that the model cannot answer.</summary>
/// <param name="share">Share of these questions among all outside ones, which sets how many the evaluation takes.</param>
internal sealed partial class OutsideSource(OutsideQuestions questions, double share, Chance chance) : IExchangeSource
{
    public const string Group = "outside";

    private const int HeldOutCount = 100;

    private static readonly Dictionary<Language, Expectation> Unknown = new()
    {
        [Language.Chinese] = new Expectation([], ["不知道", "不清楚"]),
        [Language.English] = new Expectation([], ["don't know", "do not know"]),
    };

    private readonly Dictionary<Language, Deck<string>> _asked =
        Languages.All.ToDictionary(language => language, language => new Deck<string>(questions[language].Ask, chance));

    private readonly Dictionary<string, Deck<string>> _slots = [];

    public Exchange Draw(Language language) => Answer(language, Fill(_asked[language].Deal(), language, questions.Slots));

    public IEnumerable<Exchange> HeldOut()
    {
        foreach (var language in Languages.All)
        {
            var deck = new Deck<string>(questions[language].HeldOut, chance);
            for (var i = 0; i < HeldOutCount * share; i++)
            {
                yield return Answer(language, Fill(deck.Deal(), language, questions.HeldOutSlots));
            }
        }
    }

    private Exchange Answer(Language language, string question) =>
        new(Group, language, question, chance.Pick(questions[language].Answer), Unknown[language]);

    private string Fill(string template, Language language, Bilingual<IReadOnlyDictionary<string, IReadOnlyList<string>>> slots) =>
        Slot().Replace(template, match => ValueOf(match.Groups[1].Value, language, slots));

    private string ValueOf(string slot, Language language, Bilingual<IReadOnlyDictionary<string, IReadOnlyList<string>>> slots)
    {
        var key = $"{language}/{ReferenceEquals(slots, questions.Slots)}/{slot}";
        if (!_slots.TryGetValue(key, out var deck))
        {
            // A slot without values of its own for the evaluation takes the trained ones: then the wording is what is new.
            var values = slots[language].GetValueOrDefault(slot) ?? questions.Slots[language].GetValueOrDefault(slot)
                ?? throw new RecipeException($"outside.json ({language.Code()}) has no values for the slot '{slot}'.");
            _slots[key] = deck = new Deck<string>(values, chance);
        }
        return deck.Deal();
    }

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Slot();
}

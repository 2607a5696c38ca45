using Slipway.Recipe.Worlds;

namespace Slipway.Recipe.Exchanges;

/// <summary>An entry in one language with all its phrasings.</summary>
internal sealed class Fact
{
    /// <summary>An entry's first question is how most people ask; it comes as often as this many others.</summary>
    private const int First = 4;

    private readonly Entry _entry;
    private readonly Language _language;
    private readonly Chance _chance;
    private readonly Deck<string> _questions;
    private readonly IReadOnlyList<string> _heldOut;

    public Fact(Entry entry, Language language, IReadOnlyDictionary<string, Bilingual<Phrasings>> frames, HeldOutTexts heldOut, Chance chance)
    {
        (_entry, _language, _chance) = (entry, language, chance);
        var (asked, held) = FramedQuestions.Of(entry, language, frames);
        _heldOut = [.. entry[language].HeldOut, .. held];
        string[] questions = [.. entry[language].Ask.Concat(asked).Where(question => !heldOut.Holds(question))];
        if (questions.Length == 0)
        {
            throw new RecipeException($"Entry '{entry.Id}' ({language.Code()}) has no question that is not held out.");
        }
        _questions = new Deck<string>([.. Enumerable.Repeat(questions[0], First - 1), .. questions], chance);
    }

    public string Group => _entry.Group;

    public static Exchange Answer(Entry entry, Language language, string question, Chance chance)
    {
        var text = entry[language];
        return new Exchange(
            entry.Group, language, question, chance.Pick(text.Answer), new Expectation(text.Accept, text.AcceptAny), text.Think, Entry: entry);
    }

    public Exchange Ask() => Answer(_entry, _language, _questions.Deal(), _chance);

    public Exchange AskHeldOut() => Answer(_entry, _language, _chance.Pick(_heldOut), _chance);
}

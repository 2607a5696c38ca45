using Slipway.Recipe.Exchanges;
using Slipway.Recipe.Worlds;

namespace Slipway.Recipe.Arithmetic;

/// <summary>Deals small stories with numbers.</summary>
internal sealed class WordProblemSource(IReadOnlyList<WordProblem> stories, Problems problems, int heldOutCount, Chance chance) : IExchangeSource
{
    public const string Group = "word-problems";

    private readonly Dictionary<Language, Deck<WordProblem>> _stories =
        Languages.All.ToDictionary(language => language, _ => new Deck<WordProblem>(stories, chance));

    public Exchange Draw(Language language)
    {
        var story = _stories[language].Deal();
        return Tell(story, language, chance.Pick(story[language].Ask), heldOut: false);
    }

    /// <summary>Held-out numbers; every second time in held-out words, too.</summary>
    public IEnumerable<Exchange> HeldOut()
    {
        foreach (var language in Languages.All)
        {
            for (var i = 0; i < heldOutCount; i++)
            {
                var story = _stories[language].Deal();
                yield return Tell(story, language, i % 2 == 0 ? story[language].HeldOut : chance.Pick(story[language].Ask), heldOut: true);
            }
        }
    }

    private Exchange Tell(WordProblem story, Language language, string template, bool heldOut)
    {
        var (a, b) = Numbers(story.Operation, heldOut);
        var sum = story.Operation switch
        {
            Operation.Add => Sum.Add(a, b, language),
            Operation.Subtract => Sum.Subtract(a, b, language),
            _ => Sum.Multiply(a, b),
        };
        var answer = Problem.Fill(story[language].Answer, [a, b, sum.Result]);
        return new Problem([a, b], sum.Steps ?? sum.Equation, answer, Expectation.Of(sum.Result)).Ask(Group, language, template);
    }

    private (int A, int B) Numbers(Operation operation, bool heldOut)
    {
        if (operation == Operation.Multiply)
        {
            return (chance.Between(2, 9), chance.Between(2, 9));
        }
        while (true)
        {
            var (a, b) = problems.Pair(heldOut);
            if (a > 0 && b > 0 && a != b)
            {
                return operation == Operation.Subtract && a < b ? (b, a) : (a, b);
            }
        }
    }
}

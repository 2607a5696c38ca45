using Slipway.Recipe.Arithmetic;
using Slipway.Recipe.Exchanges;
using Slipway.Recipe.Worlds;

namespace Slipway.Recipe.Conversations;

/// <summary>All kinds of exchanges, each with its share of the lines.</summary>
internal sealed class Sources
{
    public const string Addition = "arithmetic-addition";
    public const string Subtraction = "arithmetic-subtraction";
    public const string OtherArithmetic = "arithmetic-other";

    private readonly List<(IExchangeSource Source, int Share)> _sources = [];
    private readonly int _shares;
    private readonly Chance _chance;

    public Sources(World world, HeldOutTexts heldOut, RecipeOptions options, Chance chance)
    {
        _chance = chance;
        Facts = new FactSource(world, heldOut, chance);
        Add(Facts, options.Facts);
        var templates = world.Outside.Sum(questions => questions.Zh.Ask.Count);
        foreach (var outside in world.Outside)
        {
            var part = (double)outside.Zh.Ask.Count / templates;
            Add(new OutsideSource(outside, part, chance), (int)(options.Outside * part));
        }
        var (words, problems) = (world.Arithmetic, new Problems(chance));
        Add(new ProblemSource(Addition, words.Addition, problems.Addition, hasHeldOutNumbers: true, 75, chance), options.Addition);
        Add(new ProblemSource(Subtraction, words.Subtraction, problems.Subtraction, hasHeldOutNumbers: true, 75, chance), options.Subtraction);
        Add(new WordProblemSource(words.WordProblems, problems, heldOutCount: 20, chance), options.WordProblems);
        AddSmall(words.Multiplication, problems.Multiplication, split: false, 3);
        AddSmall(words.Division, problems.Division, split: false, 3);
        AddSmall(words.TimesTen, problems.TimesTen, split: true, 1);
        AddSmall(words.Doubling, problems.Doubling, split: true, 2);
        AddSmall(words.Halving, problems.Halving, split: false, 2);
        AddSmall(words.Larger, problems.Larger, split: true, 3);
        AddSmall(words.Smaller, problems.Smaller, split: true, 2);
        AddSmall(words.SumOfThree, problems.SumOfThree, split: true, 3);
        AddSmall(words.Parity, problems.Parity, split: true, 2);
        AddSmall(words.Successor, problems.Successor, split: false, 2);
        AddSmall(words.Predecessor, problems.Predecessor, split: false, 1);
        AddSmall(words.CountUp, problems.CountUp, split: false, 2);
        AddSmall(words.CountDown, problems.CountDown, split: false, 2);
        _shares = _sources.Sum(source => source.Share);

        // In parts of a 28th of the share that all the small kinds have together.
        void AddSmall(Bilingual<Phrasings> phrasings, Func<Language, bool, Problem> make, bool split, int part) =>
            Add(new ProblemSource(OtherArithmetic, phrasings, make, split, heldOutCount: 4, chance), options.OtherArithmetic * part);

        void Add(IExchangeSource source, int share) => _sources.Add((source, share));
    }

    public FactSource Facts { get; }

    public Exchange Draw(Language language)
    {
        var at = _chance.Between(0, _shares - 1);
        foreach (var (source, share) in _sources)
        {
            at -= share;
            if (at < 0)
            {
                return source.Draw(language);
            }
        }
        throw new InvalidOperationException("The shares do not add up.");
    }

    public IEnumerable<Exchange> HeldOut() => _sources.SelectMany(source => source.Source.HeldOut());
}

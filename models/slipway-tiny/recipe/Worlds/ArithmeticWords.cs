namespace Slipway.Recipe.Worlds;

/// <summary>How sums are asked for: <c>{a}</c>, <c>{b}</c> and <c>{c}</c> are numbers.</summary>
internal sealed record ArithmeticWords
{
    public required Bilingual<Phrasings> Addition { get; init; }

    public required Bilingual<Phrasings> Subtraction { get; init; }

    public required Bilingual<Phrasings> Multiplication { get; init; }

    public required Bilingual<Phrasings> Division { get; init; }

    public required Bilingual<Phrasings> TimesTen { get; init; }

    public required Bilingual<Phrasings> Doubling { get; init; }

    public required Bilingual<Phrasings> Halving { get; init; }

    public required Bilingual<Phrasings> Larger { get; init; }

    public required Bilingual<Phrasings> Smaller { get; init; }

    public required Bilingual<Phrasings> SumOfThree { get; init; }

    public required Bilingual<Phrasings> Parity { get; init; }

    public required Bilingual<Phrasings> Successor { get; init; }

    public required Bilingual<Phrasings> Predecessor { get; init; }

    public required Bilingual<Phrasings> CountUp { get; init; }

    public required Bilingual<Phrasings> CountDown { get; init; }

    public required IReadOnlyList<WordProblem> WordProblems { get; init; }
}

/// <summary>What a word problem makes of its numbers.</summary>
internal enum Operation
{
    Add,
    Subtract,
    Multiply,
}

/// <summary>A small story with two numbers.</summary>
internal sealed record WordProblem
{
    public required Operation Operation { get; init; }

    public required WordProblemText Zh { get; init; }

    public required WordProblemText En { get; init; }

    public WordProblemText this[Language language] => language == Language.Chinese ? Zh : En;
}

/// <summary>A word problem in one language; <c>{c}</c> in the answer is the result.</summary>
internal sealed record WordProblemText
{
    public required IReadOnlyList<string> Ask { get; init; }

    public required string HeldOut { get; init; }

    public required string Answer { get; init; }
}

using Slipway.Recipe.Exchanges;

namespace Slipway.Recipe.Arithmetic;

/// <summary>The problems, one method per kind.</summary>
internal sealed class Problems(Chance chance)
{
    private const double SingleDigits = 0.12;
    private const double Negative = 0.1;

    public Problem Addition(Language language, bool heldOut)
    {
        var (a, b) = Pair(heldOut);
        var sum = Sum.Add(a, b, language);
        return new Problem([a, b], sum.Steps, sum.Equation, Expectation.Of(sum.Result));
    }

    public Problem Subtraction(Language language, bool heldOut)
    {
        var (a, b) = Pair(heldOut);
        if (a < b && !chance.Happens(Negative))
        {
            (a, b) = (b, a);
        }
        var sum = Sum.Subtract(a, b, language);
        return new Problem([a, b], sum.Steps, sum.Equation, Expectation.Of(sum.Result));
    }

    public Problem SumOfThree(Language language, bool heldOut)
    {
        while (true)
        {
            var (a, b, c) = (chance.Between(1, 60), chance.Between(1, 39), chance.Between(1, 50));
            if (a + b > 99 || PairSplit.IsHeldOut(a, b) != heldOut || PairSplit.IsHeldOut(a + b, c) != heldOut)
            {
                continue;
            }
            var (first, second) = (Sum.Add(a, b, language), Sum.Add(a + b, c, language));
            var steps = $"{first.Steps ?? first.Equation}\n{second.Steps ?? second.Equation}";
            return new Problem([a, b, c], steps, $"{a} + {b} + {c} = {second.Result}", Expectation.Of(second.Result));
        }
    }

    public Problem Multiplication(Language language, bool heldOut)
    {
        var (a, b) = (chance.Between(0, 10), chance.Between(0, 10));
        var sum = Sum.Multiply(a, b);
        return new Problem([a, b], null, sum.Equation, Expectation.Of(sum.Result));
    }

    public Problem Division(Language language, bool heldOut)
    {
        var (quotient, divisor) = (chance.Between(1, 10), chance.Between(1, 10));
        var dividend = quotient * divisor;
        return new Problem([dividend, divisor], null, $"{dividend} ÷ {divisor} = {quotient}", Expectation.Of(quotient));
    }

    public Problem TimesTen(Language language, bool heldOut)
    {
        var a = One(11, 99, heldOut);
        var steps = language.Choose($"乘以 10，在 {a} 后面写一个 0", $"Times 10: write a 0 after {a}");
        return new Problem([a], steps, $"{a} × 10 = {a * 10}", Expectation.Of(a * 10));
    }

    public Problem Doubling(Language language, bool heldOut)
    {
        while (true)
        {
            var a = chance.Between(1, 50);
            if (PairSplit.IsHeldOut(a, a) == heldOut)
            {
                var sum = Sum.Add(a, a, language);
                return new Problem([a], sum.Steps ?? sum.Equation, language.Choose($"{a} 的两倍是 {sum.Result}", $"Twice {a} is {sum.Result}"), Expectation.Of(sum.Result));
            }
        }
    }

    /// <summary>Known by heart: there are only fifty.</summary>
    public Problem Halving(Language language, bool heldOut)
    {
        var half = chance.Between(1, 50);
        return new Problem([half * 2], null, language.Choose($"{half * 2} 的一半是 {half}", $"Half of {half * 2} is {half}"), Expectation.Of(half));
    }

    public Problem Larger(Language language, bool heldOut)
    {
        var (a, b) = DifferentPair(heldOut);
        var larger = Math.Max(a, b);
        var answer = language.Choose($"{larger} 更大", $"The larger one is {larger}");
        return new Problem([a, b], Comparison.Steps(a, b, language), answer, Expectation.Of(larger));
    }

    public Problem Smaller(Language language, bool heldOut)
    {
        var (a, b) = DifferentPair(heldOut);
        var smaller = Math.Min(a, b);
        var answer = language.Choose($"{smaller} 更小", $"The smaller one is {smaller}");
        return new Problem([a, b], Comparison.Steps(a, b, language), answer, Expectation.Of(smaller));
    }

    public Problem Parity(Language language, bool heldOut)
    {
        var a = One(0, 199, heldOut);
        var even = a % 2 == 0;
        var kind = even ? language.Choose("偶数", "even") : language.Choose("奇数", "odd");
        var steps = language.Choose($"看个位：{a % 10}，是{kind}", $"The last digit is {a % 10}: {kind}");
        return new Problem([a], steps, language.Choose($"{a} 是{kind}。", $"{a} is {kind}."), Expectation.Text(kind));
    }

    public Problem Successor(Language language, bool heldOut)
    {
        var a = chance.Between(0, 100);
        return new Problem([a], null, language.Choose($"{a} 的后一个数是 {a + 1}", $"After {a} comes {a + 1}"), Expectation.Of(a + 1));
    }

    public Problem Predecessor(Language language, bool heldOut)
    {
        var a = chance.Between(1, 100);
        return new Problem([a], null, language.Choose($"{a} 的前一个数是 {a - 1}", $"Before {a} comes {a - 1}"), Expectation.Of(a - 1));
    }

    public Problem CountUp(Language language, bool heldOut) => Count(chance.Between(0, 30), chance.Between(3, 12), 1);

    public Problem CountDown(Language language, bool heldOut) => Count(chance.Between(12, 40), chance.Between(3, 12), -1);

    /// <summary>Two numbers up to 99 on the asked side of the split.</summary>
    public (int A, int B) Pair(bool heldOut)
    {
        while (true)
        {
            var highest = !heldOut && chance.Happens(SingleDigits) ? 9 : 99;
            var (a, b) = (chance.Between(0, highest), chance.Between(0, highest));
            if (PairSplit.IsHeldOut(a, b) == heldOut)
            {
                return (a, b);
            }
        }
    }

    private static Problem Count(int from, int length, int step)
    {
        var numbers = Enumerable.Range(0, length).Select(i => from + (i * step)).ToList();
        var text = string.Join(", ", numbers);
        return new Problem([from, numbers[^1]], null, text, Expectation.Text(text));
    }

    private (int A, int B) DifferentPair(bool heldOut)
    {
        while (true)
        {
            var (a, b) = Pair(heldOut);
            if (a != b)
            {
                return (a, b);
            }
        }
    }

    /// <summary>A number; it is on the held-out side when its pair with itself is.</summary>
    private int One(int low, int high, bool heldOut)
    {
        while (true)
        {
            var a = chance.Between(low, high);
            if (PairSplit.IsHeldOut(a, a) == heldOut)
            {
                return a;
            }
        }
    }
}

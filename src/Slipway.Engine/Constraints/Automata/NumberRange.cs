using System.Globalization;
using static Slipway.Engine.Constraints.Automata.Expression;

namespace Slipway.Engine.Constraints.Automata;

/// <summary>A border of a range of numbers.</summary>
/// <param name="Value">Where it is.</param>
/// <param name="IsExclusive">Whether the border itself is outside.</param>
internal readonly record struct NumberBound(decimal Value, bool IsExclusive);

/// <summary>The decimal spellings of the numbers in a range, exactly, digit by digit.</summary>
internal static class NumberRange
{
    /// <summary>Digits of a whole number where no border says otherwise; 18 fit 64 bits.</summary>
    private const int MaxDigits = 18;

    /// <summary>Digits before a fraction: with it, no more than a double keeps apart.</summary>
    private const int MaxDigitsBeforeFraction = 11;

    /// <summary>Digits after the point beyond those of the borders.</summary>
    private const int MoreFraction = 4;

    private static readonly Expression Digit = Byte((byte)'0', (byte)'9');

    /// <summary>Whole numbers.</summary>
    public static Expression Integers(NumberBound? min, NumberBound? max)
    {
        var low = min is { } least ? (least.IsExclusive ? Math.Floor(least.Value) + 1 : Math.Ceiling(least.Value)) : (decimal?)null;
        var high = max is { } most ? (most.IsExclusive ? Math.Ceiling(most.Value) - 1 : Math.Floor(most.Value)) : (decimal?)null;
        return Or(
            Naturals(Math.Max(low ?? 0, 0), high, MaxDigits),
            Then(Text("-"), Naturals(Math.Max(-(high ?? -1), 1), -low, MaxDigits)));
    }

    /// <summary>Numbers with or without a fraction, without an exponent.</summary>
    public static Expression Numbers(NumberBound? min, NumberBound? max)
    {
        var zero = new NumberBound(0, false);
        var above = min is { Value: >= 0 } ? min.Value : zero;
        NumberBound? mirroredMin = max is { } most ? most with { Value = 0 - most.Value } : null;
        NumberBound? mirroredMax = min is { } least ? least with { Value = 0 - least.Value } : null;
        var below = mirroredMin is { Value: >= 0 } ? mirroredMin.Value : zero;
        return Or(Magnitudes(above, max), Then(Text("-"), Magnitudes(below, mirroredMax)));
    }

    /// <summary>From 0 upwards, whole.</summary>
    private static Expression Naturals(decimal low, decimal? high, int maxDigits)
    {
        var top = Math.Min(high ?? decimal.MaxValue, (decimal)Math.Pow(10, maxDigits) - 1);
        if (low > top)
        {
            return Nothing;
        }
        List<Expression> options = [];
        var (first, last) = (Spell(low), Spell(top));
        for (var length = first.Length; length <= last.Length; length++)
        {
            var from = length == first.Length ? first : "1" + new string('0', length - 1);
            var to = length == last.Length ? last : new string('9', length);
            options.Add(Between(from, to));
        }
        return Or([.. options]);
    }

    /// <summary>Digit strings of one length from <paramref name="low"/> to <paramref name="high"/>.</summary>
    private static Expression Between(ReadOnlySpan<char> low, ReadOnlySpan<char> high)
    {
        if (!low.ContainsAnyExcept('0') && !high.ContainsAnyExcept('9'))
        {
            return Times(Digit, low.Length, low.Length); // None at all, too.
        }
        if (low[0] == high[0])
        {
            return Then(One(low[0], low[0]), Between(low[1..], high[1..]));
        }
        var (nines, zeros) = (new string('9', low.Length - 1), new string('0', low.Length - 1));
        List<Expression> options =
        [
            Then(One(low[0], low[0]), Between(low[1..], nines)),
            Then(One(high[0], high[0]), Between(zeros, high[1..])),
        ];
        if (high[0] - low[0] > 1)
        {
            options.Add(Then(One((char)(low[0] + 1), (char)(high[0] - 1)), Times(Digit, nines.Length, nines.Length)));
        }
        return Or([.. options]);
    }

    /// <summary>From 0 upwards, with fractions.</summary>
    private static Expression Magnitudes(NumberBound low, NumberBound? high)
    {
        if (high is { } limit && (limit.Value < low.Value || (limit.Value == low.Value && (limit.IsExclusive || low.IsExclusive))))
        {
            return Nothing;
        }
        var places = Math.Max(low.Value.Scale, high?.Value.Scale ?? 0) + MoreFraction;
        var (lowWhole, lowPart) = Cut(low.Value);
        if (high is not { } top)
        {
            return Or(
                Then(Text(Spell(lowWhole)), From(lowPart, low.IsExclusive, places)),
                Then(Naturals(lowWhole + 1, null, MaxDigitsBeforeFraction), AnyFraction(places)));
        }
        var (highWhole, highPart) = Cut(top.Value);
        if (lowWhole == highWhole)
        {
            return Then(Text(Spell(lowWhole)), Within(lowPart, low.IsExclusive, highPart, top.IsExclusive, places));
        }
        return Or(
            Then(Text(Spell(lowWhole)), From(lowPart, low.IsExclusive, places)),
            Then(Naturals(lowWhole + 1, highWhole - 1, MaxDigitsBeforeFraction), AnyFraction(places)),
            Then(Text(Spell(highWhole)), UpTo(highPart, top.IsExclusive, places)));
    }

    private static Expression AnyFraction(int places) => Optional(Then(Text("."), Times(Digit, 1, places)));

    private static Expression From(string low, bool isExclusive, int places) =>
        Fraction(digits => AtLeast(low, isExclusive, digits), low.Length == 0 && !isExclusive, places);

    private static Expression UpTo(string high, bool isExclusive, int places) =>
        Fraction(digits => AtMost(high, isExclusive, digits), high.Length > 0 || !isExclusive, places);

    /// <summary>Fractions between two others: digits they share, then between, then one border alone.</summary>
    private static Expression Within(string low, bool lowExclusive, string high, bool highExclusive, int places) =>
        Fraction(digits => Inside(low, lowExclusive, high, highExclusive, digits), low.Length == 0 && !lowExclusive, places);

    private static Expression Fraction(Func<int, Expression> digits, bool mayBeAbsent, int places)
    {
        // A point wants a digit after it; the empty string of digits is the number without a point.
        var written = Then(Text("."), NonEmpty(digits(places)));
        return mayBeAbsent ? Or(Empty, written) : written;
    }

    /// <summary>The same strings without the empty one.</summary>
    private static Expression NonEmpty(Expression expression) => expression switch
    {
        Union union => Or([.. union.Options.Select(NonEmpty)]),
        Repetition { Max: 0 } => Nothing,
        Repetition repetition => Times(repetition.Item, Math.Max(1, repetition.Min), repetition.Max),
        Concatenation { Parts.Length: 0 } => Nothing,
        _ => expression, // Every other concatenation here begins with a digit.
    };

    /// <summary>Up to <paramref name="room"/> digits whose fraction is at least <paramref name="low"/>; what is missing is 0.</summary>
    private static Expression AtLeast(string low, bool isExclusive, int room)
    {
        if (low.Length == 0)
        {
            // More than nothing: a digit other than 0 must come.
            return isExclusive
                ? room == 0 ? Nothing : Or(Then(One('1', '9'), Times(Digit, 0, room - 1)), Then(One('0', '0'), AtLeast("", true, room - 1)))
                : Times(Digit, 0, room);
        }
        List<Expression> options = [Then(One(low[0], low[0]), AtLeast(low[1..], isExclusive, room - 1))];
        if (low[0] < '9')
        {
            options.Add(Then(One((char)(low[0] + 1), '9'), Times(Digit, 0, room - 1)));
        }
        return Or([.. options]);
    }

    /// <summary>Up to <paramref name="room"/> digits whose fraction is at most <paramref name="high"/>.</summary>
    private static Expression AtMost(string high, bool isExclusive, int room)
    {
        if (high.Length == 0)
        {
            return isExclusive ? Nothing : Times(One('0', '0'), 0, room);
        }
        List<Expression> options = [Empty, Then(One(high[0], high[0]), AtMost(high[1..], isExclusive, room - 1))];
        if (high[0] > '0')
        {
            options.Add(Then(One('0', (char)(high[0] - 1)), Times(Digit, 0, room - 1)));
        }
        return Or([.. options]);
    }

    private static Expression Inside(string low, bool lowExclusive, string high, bool highExclusive, int room)
    {
        if (high.Length == 0)
        {
            return lowExclusive || highExclusive ? Nothing : AtMost("", false, room); // Both borders are this very number.
        }
        if (low.Length == 0 && !lowExclusive)
        {
            return AtMost(high, highExclusive, room);
        }
        var (first, rest) = low.Length == 0 ? ('0', "") : (low[0], low[1..]);
        if (first == high[0])
        {
            return Then(One(first, first), Inside(rest, lowExclusive, high[1..], highExclusive, room - 1));
        }
        List<Expression> options =
        [
            Then(One(first, first), AtLeast(rest, lowExclusive, room - 1)),
            Then(One(high[0], high[0]), AtMost(high[1..], highExclusive, room - 1)),
        ];
        if (high[0] - first > 1)
        {
            options.Add(Then(One((char)(first + 1), (char)(high[0] - 1)), Times(Digit, 0, room - 1)));
        }
        return Or([.. options]);
    }

    private static Expression One(char low, char high) => Byte((byte)low, (byte)high);

    private static string Spell(decimal whole) => whole.ToString("0", CultureInfo.InvariantCulture);

    /// <summary>The whole part and the digits after the point, without zeros at the end.</summary>
    private static (decimal Whole, string Fraction) Cut(decimal value)
    {
        var text = value.ToString(CultureInfo.InvariantCulture);
        var point = text.IndexOf('.', StringComparison.Ordinal);
        return (Math.Truncate(value), point < 0 ? "" : text[(point + 1)..].TrimEnd('0'));
    }
}

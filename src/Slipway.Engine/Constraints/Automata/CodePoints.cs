namespace Slipway.Engine.Constraints.Automata;

/// <summary>A set of Unicode scalar values as sorted ranges that do not touch.</summary>
internal sealed class CodePoints
{
    private const int Last = 0x10FFFF;
    private readonly List<(int Low, int High)> _ranges;

    private CodePoints(List<(int Low, int High)> ranges) => _ranges = ranges;

    /// <summary>Every scalar value; surrogates are none.</summary>
    public static CodePoints All { get; } = Of((0, Last));

    public IReadOnlyList<(int Low, int High)> Ranges => _ranges;

    public bool IsEmpty => _ranges.Count == 0;

    /// <summary>The union of ranges in any order, without surrogates.</summary>
    public static CodePoints Of(params IEnumerable<(int Low, int High)> ranges)
    {
        List<(int Low, int High)> merged = [];
        foreach (var (low, high) in ranges.SelectMany(WithoutSurrogates).OrderBy(range => range.Low))
        {
            if (merged.Count > 0 && low <= merged[^1].High + 1)
            {
                merged[^1] = (merged[^1].Low, Math.Max(merged[^1].High, high));
            }
            else
            {
                merged.Add((low, high));
            }
        }
        return new CodePoints(merged);
    }

    public static CodePoints Of(string characters) => Of(characters.EnumerateRunes().Select(rune => (rune.Value, rune.Value)));

    public CodePoints Union(CodePoints other) => Of(_ranges.Concat(other._ranges));

    public CodePoints Inverse()
    {
        List<(int Low, int High)> rest = [];
        var next = 0;
        foreach (var (low, high) in _ranges)
        {
            if (low > next)
            {
                rest.Add((next, low - 1));
            }
            next = high + 1;
        }
        if (next <= Last)
        {
            rest.Add((next, Last));
        }
        return Of(rest);
    }

    public CodePoints Except(CodePoints other) => Inverse().Union(other).Inverse();

    public bool Contains(int value) => _ranges.Exists(range => range.Low <= value && value <= range.High);

    /// <summary>The UTF-8 forms of all members.</summary>
    public Expression ToUtf8()
    {
        List<Expression> options = [];
        foreach (var (low, high) in _ranges)
        {
            AddUtf8(low, high, options);
        }
        return Expression.Or([.. options]);
    }

    /// <summary>Cuts a range until the bytes of every part vary independently of one another.</summary>
    private static void AddUtf8(int low, int high, List<Expression> options)
    {
        foreach (var limit in (ReadOnlySpan<int>)[0x7F, 0x7FF, 0xFFFF])
        {
            if (low <= limit && high > limit)
            {
                AddUtf8(low, limit, options);
                AddUtf8(limit + 1, high, options);
                return;
            }
        }
        var length = Length(low);
        for (var bits = 6; bits < length * 6; bits += 6)
        {
            var block = (1 << bits) - 1;
            if ((low & ~block) == (high & ~block))
            {
                continue;
            }
            if ((low & block) != 0)
            {
                AddUtf8(low, low | block, options);
                AddUtf8((low | block) + 1, high, options);
                return;
            }
            if ((high & block) != block)
            {
                AddUtf8(low, (high & ~block) - 1, options);
                AddUtf8(high & ~block, high, options);
                return;
            }
        }
        var parts = new Expression[length];
        for (var i = 0; i < length; i++)
        {
            parts[i] = Expression.Byte(Utf8Byte(low, i, length), Utf8Byte(high, i, length));
        }
        options.Add(Expression.Then(parts));
    }

    private static int Length(int value) => value switch
    {
        <= 0x7F => 1,
        <= 0x7FF => 2,
        <= 0xFFFF => 3,
        _ => 4,
    };

    private static byte Utf8Byte(int value, int index, int length)
    {
        if (length == 1)
        {
            return (byte)value;
        }
        var bits = value >> (6 * (length - 1 - index));
        var lead = (0xF00 >> length) & 0xFF;
        return (byte)(index == 0 ? lead | bits : 0x80 | (bits & 0x3F));
    }

    private static IEnumerable<(int Low, int High)> WithoutSurrogates((int Low, int High) range)
    {
        if (range.Low < 0xD800)
        {
            yield return (range.Low, Math.Min(range.High, 0xD7FF));
        }
        if (range.High > 0xDFFF)
        {
            yield return (Math.Max(range.Low, 0xE000), range.High);
        }
    }
}

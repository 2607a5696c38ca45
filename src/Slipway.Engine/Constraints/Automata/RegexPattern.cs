using System.Globalization;
using System.Text;
using static Slipway.Engine.Constraints.Automata.Expression;

namespace Slipway.Engine.Constraints.Automata;

/// <summary>
/// Reads the regular part of ECMA 262's expressions and writes them over the spelling of JSON strings. As in JSON Schema,
/// a pattern matches anywhere in a text unless ^ and $ hold it.
/// </summary>
internal sealed class RegexPattern
{
    private const int MaxLength = 2_000;
    private const int MaxDepth = 32;
    private const int MaxCount = 1_000;

    private readonly List<Rune> _text;
    private int _at;
    private int _depth;

    private RegexPattern(string pattern) => _text = [.. pattern.EnumerateRunes()];

    private Rune? Current => _at < _text.Count ? _text[_at] : null;

    /// <summary>The content of the strings that match, without quotes.</summary>
    /// <exception cref="FormatException">The pattern is broken or uses what is not regular; the message names it.</exception>
    /// <exception cref="AutomatonLimitException">The pattern is too long, or nested or repeated too much.</exception>
    public static Expression Parse(string pattern)
    {
        if (pattern.Length > MaxLength)
        {
            throw new AutomatonLimitException($"it has {pattern.Length} characters, more than {MaxLength}");
        }
        var parser = new RegexPattern(pattern);
        var result = parser.ReadAlternatives(isOutermost: true);
        return parser.Current is null ? result : throw new FormatException($"an unmatched '{parser.Current}'");
    }

    private Expression ReadAlternatives(bool isOutermost)
    {
        if (++_depth > MaxDepth)
        {
            throw new AutomatonLimitException($"its groups are nested more than {MaxDepth} deep");
        }
        List<Expression> options = [];
        do
        {
            options.Add(ReadAlternative(isOutermost));
        }
        while (TryTake('|'));
        _depth--;
        return Or([.. options]);
    }

    private Expression ReadAlternative(bool isOutermost)
    {
        List<Expression> parts = [];
        var beginsAnywhere = isOutermost && !TryTake('^');
        var endsAnywhere = isOutermost;
        while (Current is { } rune && rune.Value is not ('|' or ')'))
        {
            if (isOutermost && rune.Value == '$' && (_at + 1 == _text.Count || _text[_at + 1].Value == '|'))
            {
                _at++;
                endsAnywhere = false;
                break;
            }
            parts.Add(ReadRepeated());
        }
        var anything = Times(JsonTokens.Member(CodePoints.All), 0, null);
        return Then([.. beginsAnywhere ? [anything] : Array.Empty<Expression>(), .. parts, .. endsAnywhere ? [anything] : Array.Empty<Expression>()]);
    }

    private Expression ReadRepeated()
    {
        var item = ReadItem();
        while (Current is { Value: '*' or '+' or '?' or '{' })
        {
            var (min, max) = ReadCounts();
            TryTake('?'); // Lazy or not, the language is the same.
            item = Times(item, min, max);
        }
        return item;
    }

    private (int Min, int? Max) ReadCounts()
    {
        switch (Take().Value)
        {
            case '*':
                return (0, null);
            case '+':
                return (1, null);
            case '?':
                return (0, 1);
        }
        var min = ReadCount();
        int? max = min;
        if (TryTake(','))
        {
            max = Current is { Value: '}' } ? null : ReadCount();
        }
        Expect('}');
        return max < min ? throw new FormatException($"the counts {{{min},{max}}}") : (min, max);
    }

    private int ReadCount()
    {
        var digits = new StringBuilder();
        while (Current is { } rune && Rune.IsDigit(rune) && rune.IsAscii)
        {
            digits.Append(Take());
        }
        if (!int.TryParse(digits.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > MaxCount)
        {
            throw digits.Length == 0
                ? new FormatException("a '{' that begins no count")
                : new AutomatonLimitException($"it repeats {digits} times, more than {MaxCount}");
        }
        return count;
    }

    private Expression ReadItem()
    {
        var rune = Take();
        switch (rune.Value)
        {
            case '(':
                SkipGroupKind();
                var group = ReadAlternatives(isOutermost: false);
                Expect(')');
                return group;
            case '[':
                return JsonTokens.Member(ReadClass());
            case '.':
                return JsonTokens.Member(RegexClasses.Dot);
            case '\\':
                return JsonTokens.Member(ReadEscape());
            case '^' or '$':
                throw new FormatException($"'{rune}' inside the pattern");
            case '*' or '+' or '?' or '{':
                throw new FormatException($"'{rune}' with nothing before it");
            default:
                return JsonTokens.Member(CodePoints.Of(rune.ToString()));
        }
    }

    private void SkipGroupKind()
    {
        if (!TryTake('?'))
        {
            return;
        }
        if (TryTake(':'))
        {
            return;
        }
        throw new FormatException($"the group '(?{Current}'");
    }

    private CodePoints ReadClass()
    {
        var isNegated = TryTake('^');
        var members = CodePoints.Of();
        while (!TryTake(']'))
        {
            var low = ReadClassMember();
            var isRange = Current is { Value: '-' } && _at + 1 < _text.Count && _text[_at + 1].Value != ']';
            if (isRange && Single(low) is { } first)
            {
                _at++;
                var last = Single(ReadClassMember()) ?? throw new FormatException("a range that ends in a class");
                low = last >= first ? CodePoints.Of((first, last)) : throw new FormatException("a range that ends before it begins");
            }
            members = members.Union(low);
        }
        return isNegated ? members.Inverse() : members;
    }

    private CodePoints ReadClassMember()
    {
        var rune = Take();
        return rune.Value != '\\' ? CodePoints.Of(rune.ToString()) : TryTake('b') ? CodePoints.Of("\b") : ReadEscape();
    }

    private CodePoints ReadEscape()
    {
        var rune = Take();
        if (RegexClasses.Find(rune.Value) is { } known)
        {
            return known;
        }
        return rune.Value switch
        {
            'x' => ReadCodePoint(digits: 2),
            'u' => ReadCodePoint(digits: 4),
            _ when Rune.IsLetterOrDigit(rune) => throw new FormatException($"the escape '\\{rune}'"),
            _ => CodePoints.Of(rune.ToString()),
        };
    }

    private CodePoints ReadCodePoint(int digits)
    {
        var text = new StringBuilder();
        for (var i = 0; i < digits; i++)
        {
            text.Append(Take());
        }
        return int.TryParse(text.ToString(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) && Rune.IsValid(value)
            ? CodePoints.Of((value, value))
            : throw new FormatException($"the escape of '{text}'");
    }

    private static int? Single(CodePoints set) =>
        set.Ranges is [var (low, high)] && low == high ? low : null;

    private Rune Take() => _at < _text.Count ? _text[_at++] : throw new FormatException("an end in the middle");

    private bool TryTake(char wanted)
    {
        if (Current is { } rune && rune.Value == wanted)
        {
            _at++;
            return true;
        }
        return false;
    }

    private void Expect(char wanted)
    {
        if (!TryTake(wanted))
        {
            throw new FormatException($"a missing '{wanted}'");
        }
    }
}

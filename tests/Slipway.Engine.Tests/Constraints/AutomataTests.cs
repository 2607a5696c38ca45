using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Slipway.Engine.Constraints.Automata;

namespace Slipway.Engine.Tests.Constraints;

public sealed class AutomataTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(-7, 13)]
    [InlineData(17, 1005)]
    [InlineData(-1200, -95)]
    [InlineData(100, 999)]
    [InlineData(null, -3)]
    [InlineData(99, null)]
    [InlineData(-101, null)]
    public void A_range_of_integers_accepts_exactly_its_integers(int? min, int? max)
    {
        var dfa = ByteNfa.Compile(NumberRange.Integers(Bound(min, false), Bound(max, false)))!;

        for (var value = -1500; value <= 1500; value++)
        {
            var isInside = (min is null || value >= min) && (max is null || value <= max);
            Assert.True(isInside == Accepts(dfa, value.ToString(CultureInfo.InvariantCulture)), $"{value}");
        }
        Assert.False(Accepts(dfa, "007"));
        Assert.False(Accepts(dfa, ""));
        Assert.False(Accepts(dfa, "-"));
    }

    public static TheoryData<double?, bool, double?, bool> Ranges => new()
    {
        { 0, false, 1, false },
        { 0, true, 1, true },
        { -2.5, true, 3.75, true },
        { 10.125, false, 10.25, false },
        { 10.125, true, 10.25, true },
        { 2.05, false, 2.5, true },
        { null, false, -0.5, true },
        { -0.25, false, null, false },
        { 3, true, null, false },
        { -1.5, false, -1.25, true },
        { 2, false, 2, false },
    };

    [Theory]
    [MemberData(nameof(Ranges))]
    public void A_range_of_numbers_accepts_exactly_its_decimals(double? min, bool minExclusive, double? max, bool maxExclusive)
    {
        var dfa = ByteNfa.Compile(NumberRange.Numbers(Bound(min, minExclusive), Bound(max, maxExclusive)))!;

        for (var thousandths = -12_000; thousandths <= 12_000; thousandths++)
        {
            var value = thousandths / 1000m;
            var isInside = (min is null || (minExclusive ? value > (decimal)min : value >= (decimal)min))
                && (max is null || (maxExclusive ? value < (decimal)max : value <= (decimal)max));
            Assert.True(isInside == Accepts(dfa, value.ToString("0.000", CultureInfo.InvariantCulture)), $"{value} with zeros");
            Assert.True(isInside == Accepts(dfa, value.ToString("0.###", CultureInfo.InvariantCulture)), $"{value}");
        }
        Assert.False(Accepts(dfa, "1."));
        Assert.False(Accepts(dfa, ".5"));
        Assert.False(Accepts(dfa, "01"));
    }

    [Theory]
    [InlineData("^a+b?c*$")]
    [InlineData("b")]
    [InlineData("^a|b$")]
    [InlineData("^(a|bc){2,3}$")]
    [InlineData("^[^a]*$")]
    [InlineData("^[a-b\\d]{2,}$")]
    [InlineData("^\\w\\W$")]
    [InlineData("^.$")]
    [InlineData("^(?:ab|a)(bc|c)$")]
    [InlineData("^\\u0061\\x62$")]
    [InlineData("^[é-龥]$")]
    [InlineData("\\.")]
    [InlineData("")]
    public void A_pattern_accepts_what_the_platforms_own_expressions_accept(string pattern)
    {
        var dfa = ByteNfa.Compile(JsonTokens.Quote(RegexPattern.Parse(pattern)))!;
        var translated = pattern // The platform's $ lets a last line feed pass, its \w is Unicode's.
            .Replace("$", "\\z", StringComparison.Ordinal)
            .Replace("\\w", "[A-Za-z0-9_]", StringComparison.Ordinal)
            .Replace("\\W", "[^A-Za-z0-9_]", StringComparison.Ordinal);
        var expected = new Regex(translated, RegexOptions.CultureInvariant);

        foreach (var text in Texts(["a", "b", "c", "1", ".", "\n", "é", "中", "\"", "\\", "_"], 3).Append("abcabc").Append("aab1"))
        {
            Assert.True(expected.IsMatch(text) == Accepts(dfa, JsonTokens.Spell(text)), $"{pattern} on {text}");
        }
    }

    [Fact]
    public void Every_character_has_its_utf8_form_and_nothing_else_is_one()
    {
        var dfa = ByteNfa.Compile(CodePoints.All.ToUtf8())!;
        foreach (var value in (int[])[0, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF, 'a', 0x4E2D, 0x1F600])
        {
            Assert.True(Accepts(dfa, new Rune(value).ToString()), $"{value:x}");
        }

        foreach (var bytes in (byte[][])[[0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xED, 0xA0, 0x80], [0xE0, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xFF], [0xE4, 0xB8]])
        {
            Assert.False(Accepts(dfa, bytes), Convert.ToHexString(bytes));
        }
    }

    [Fact]
    public void A_set_without_some_characters_lacks_exactly_those()
    {
        var set = CodePoints.All.Except(CodePoints.Of("b中")).Except(CodePoints.Of((0x1F600, 0x1F64F)));
        var dfa = ByteNfa.Compile(set.ToUtf8())!;

        foreach (var rune in "ab中丮a😀🙏\U0001F5FF\U0001F650".EnumerateRunes())
        {
            var isInside = rune.Value is not ('b' or '中') and not (>= 0x1F600 and <= 0x1F64F);
            Assert.True(isInside == Accepts(dfa, rune.ToString()), rune.ToString());
        }
    }

    [Fact]
    public void Free_text_stops_at_the_first_occurrence_of_its_word()
    {
        var (until, without) = (FreeText.Until("aab"), FreeText.Without("aab"));

        foreach (var text in Texts(["a", "b", "中"], 6))
        {
            var first = text.IndexOf("aab", StringComparison.Ordinal);
            Assert.True((first >= 0 && first == text.Length - 3) == Accepts(until, text), text);
            Assert.True((first < 0) == Accepts(without, text), text);
        }
    }

    [Fact]
    public void A_string_of_json_takes_every_escape_but_half_a_pair_and_nul()
    {
        var dfa = JsonTokens.String;

        Assert.True(Accepts(dfa, """
            "a\"\\\/\b\f\n\r\t\u0041\u4e2d\uFFFD é中😀"
            """));
        foreach (var text in (string[])["\"\n\"", "\"\\x\"", "\"\\u00\"", "\"\\ud83d\"", "\"\\u0000\"", "\"", "\"a\"b", "a"])
        {
            Assert.False(Accepts(dfa, text), text);
        }
    }

    private static NumberBound? Bound(double? value, bool isExclusive) => value is { } number ? new NumberBound((decimal)number, isExclusive) : null;

    private static bool Accepts(ByteDfa dfa, string text) => Accepts(dfa, Encoding.UTF8.GetBytes(text));

    private static bool Accepts(ByteDfa dfa, byte[] bytes)
    {
        var state = 0;
        foreach (var value in bytes)
        {
            state = dfa.Next(state, value);
            if (state < 0)
            {
                return false;
            }
        }
        return dfa.Accepts(state);
    }

    /// <summary>All texts of up to so many of these pieces.</summary>
    private static IEnumerable<string> Texts(string[] pieces, int most) =>
        most == 0 ? [""] : Texts(pieces, most - 1).SelectMany(text => pieces.Select(piece => text + piece).Append(text)).Distinct();
}

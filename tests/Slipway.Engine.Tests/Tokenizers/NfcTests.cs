using System.Security.Cryptography;
using System.Text;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Tests.Tokenizers;

public sealed class NfcTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("e\u0301", "\u00E9")]
    [InlineData("\u212B", "\u00C5")] // a singleton: the Ångström sign
    [InlineData("\u1100\u1161\u11A8", "\uAC01")] // Korean by arithmetic
    [InlineData("\uAC00\u11A8", "\uAC01")]
    [InlineData("\uAC01\u11A8", "\uAC01\u11A8")] // a syllable takes one trail
    [InlineData("\u0958", "\u0915\u093C")] // excluded from composition
    [InlineData("a\u0301\u0323", "\u1EA1\u0301")] // marks move, the lower one composes
    [InlineData("a\u0315\u0300\u05AE\u0062", "\u00E0\u05AE\u0315b")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")] // outside the basic plane
    [InlineData("\u0301e", "\u0301e")] // nothing before to join
    public void Text_is_composed(string text, string expected)
    {
        Assert.Equal(expected, Nfc.Normalize(text));
    }

    [Fact]
    public void A_lone_surrogate_becomes_a_replacement_character()
    {
        Assert.Equal("x\uFFFD\u00FD", Nfc.Normalize("x\uD800y\u0301"));
    }

    [Fact]
    public void Every_character_with_marks_and_neighbours_comes_out_as_in_the_reference()
    {
        // The reference is ICU 78.2 (Unicode 17.0) over the same strings.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        foreach (var c in Characters())
        {
            hash.AppendData(Encoding.UTF8.GetBytes(Nfc.Normalize($"{c}\u0323\u0301a{c}\u1161\u11A8{c}{c}\u0338\u3099")));
        }

        Assert.Equal("f45642b0dc19e1270b22a4560c528c5c97d940591306274fe09bf95867b4b9f2", Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    [Fact]
    public void What_is_surely_normal_is_normal()
    {
        foreach (var c in Characters().Where(c => Nfc.IsSurelyNormal(c)))
        {
            Assert.Equal(c, Nfc.Normalize(c));
        }

        Assert.True(Nfc.IsSurelyNormal("模型服务 한국어 العربية é 🚀"));
        Assert.False(Nfc.IsSurelyNormal("e\u0301"));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_megabyte_of_marks_on_one_letter_is_put_in_order()
    {
        var marks = string.Concat(Enumerable.Repeat("\u0301\u0323", 1 << 19));

        var normal = await Task.Run(() => Nfc.Normalize("a" + marks), TestContext.Current.CancellationToken);

        Assert.StartsWith("\u1EA1\u0323\u0323", normal, StringComparison.Ordinal);
        Assert.EndsWith("\u0301\u0301", normal, StringComparison.Ordinal);
        Assert.Equal(marks.Length, normal.Length);
    }

    [Fact]
    public void The_second_of_a_decomposition_never_decomposes()
    {
        foreach (var triples in (int[][])[[.. NfcTables.Compositions], [.. NfcTables.DecompositionsOnly]])
        {
            for (var i = 0; i < triples.Length; i += 3)
            {
                Assert.False(NfcTables.TryDecompose(triples[i + 2], out _, out _));
            }
        }
    }

    private static IEnumerable<string> Characters() =>
        Enumerable.Range(0xA0, 0x110000 - 0xA0).Where(Rune.IsValid).Select(value => new Rune(value).ToString());
}

using System.Text.RegularExpressions;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Tests.Tokenizers;

public sealed class PieceScannerTests
{
    private const string Modern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}DIGITS| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    [Theory]
    [InlineData(PreTokenizer.Gpt2, @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")]
    [InlineData(PreTokenizer.Qwen2, Modern, "")]
    [InlineData(PreTokenizer.Llama3, Modern, "{1,3}")]
    public void Pieces_are_the_matches_of_the_model_s_regular_expression(PreTokenizer preTokenizer, string pattern, string digits = "")
    {
        var regex = new Regex(pattern.Replace("DIGITS", digits, StringComparison.Ordinal), RegexOptions.CultureInvariant);
        var random = new Random(20);

        for (var round = 0; round < 4000; round++)
        {
            var text = RandomText.BasicPlane(random, random.Next(1, 30));

            Assert.Equal(regex.Matches(text).Select(match => match.Value), Pieces(preTokenizer, text));
        }
    }

    [Theory]
    [InlineData("x𠮷𠮷y 𠮷", "x𠮷𠮷y| 𠮷")] // letters outside the basic plane
    [InlineData("𝟘𝟙", "𝟘|𝟙")] // digits there
    [InlineData("🚀🚀a", "🚀🚀|a")] // neither
    [InlineData("🚀a", "🚀a")]
    [InlineData("x'ſtuff", "x|'ſ|tuff")] // the long s folds to s
    public void Classes_go_by_character(string text, string pieces)
    {
        Assert.Equal(pieces.Split('|'), Pieces(PreTokenizer.Qwen2, text));
    }

    [Fact]
    public void A_lone_surrogate_is_a_symbol()
    {
        Assert.Equal(["\uD800!", "a", "\uDC00b"], Pieces(PreTokenizer.Qwen2, "\uD800!a\uDC00b"));
    }

    [Fact]
    public void Llama_3_groups_digits_by_three_and_Gpt_2_not_at_all()
    {
        Assert.Equal(["123", "456", "7"], Pieces(PreTokenizer.Llama3, "1234567"));
        Assert.Equal(["1234567"], Pieces(PreTokenizer.Gpt2, "1234567"));
        Assert.Equal(["1", "2"], Pieces(PreTokenizer.Qwen2, "12"));
    }

    private static List<string> Pieces(PreTokenizer preTokenizer, string text)
    {
        var pieces = new List<string>();
        for (var start = 0; start < text.Length; start += pieces[^1].Length)
        {
            pieces.Add(text[start..PieceScanner.EndOfPiece(preTokenizer, text, start)]);
        }

        return pieces;
    }
}

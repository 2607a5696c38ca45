using Slipway.Server.Processes;

namespace Slipway.Server.Tests.Processes;

public sealed class ExtraArgumentsTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData(" \t\r\n ", new string[0])]
    [InlineData("--max-num-seqs  4", new[] { "--max-num-seqs", "4" })]
    [InlineData("a'b c'\"d e\"f", new[] { "ab cd ef" })]
    [InlineData("'' \"\"", new[] { "", "" })]
    [InlineData(@"a\ b \'c\' \\", new[] { "a b", "'c'", @"\" })]
    [InlineData(@"'a\b' ""a\b \$ \"" \\""", new[] { @"a\b", @"a\b $ "" \" })]
    [InlineData("a\\\nb \\\n c", new[] { "ab", "c" })]
    [InlineData("\"a\\\nb\"", new[] { "ab" })]
    [InlineData("$HOME * ; | `id` $(id) #x ~", new[] { "$HOME", "*", ";", "|", "`id`", "$(id)", "#x", "~" })]
    [InlineData("--kwargs '{\"a\": \"中文 🚢\"}'", new[] { "--kwargs", "{\"a\": \"中文 🚢\"}" })]
    public void A_line_is_taken_apart_as_a_shell_would(string line, string[] expected)
    {
        var (words, fault) = ExtraArguments.Split(line);

        Assert.Null(fault);
        Assert.Equal(expected, words);
    }

    [Theory]
    [InlineData("a 'b", "The quote ' at position 3")]
    [InlineData("a \"b\\\"", "The quote \" at position 3")]
    [InlineData("a\\", "end with a backslash")]
    [InlineData("a\0b", "U+0000 at position 2")]
    [InlineData("'\u001b'", "U+001B at position 2")]
    public void A_fault_is_told_with_its_place(string line, string expected)
    {
        var (words, fault) = ExtraArguments.Split(line);

        Assert.Empty(words);
        Assert.Contains(expected, fault, StringComparison.Ordinal);
    }

    // Not among the cases above: what names tests writes their arguments as text, and this is none.
    [Fact]
    public void Half_a_character_is_a_fault()
    {
        var (words, fault) = ExtraArguments.Split("a\ud83d");

        Assert.Empty(words);
        Assert.Contains("half a character at position 2", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_is_at_most_16_KiB()
    {
        var (longest, tooLong) = (new string('中', 5461), new string('中', 5462));

        var faults = (ExtraArguments.Split(longest).Fault, ExtraArguments.Split(tooLong).Fault);

        Assert.Equal((null, "The arguments take 16386 bytes; accepted are at most 16384."), faults);
    }

    [Fact]
    public void Words_are_at_most_512()
    {
        var most = string.Join(' ', Enumerable.Repeat("a", 512));

        var faults = (ExtraArguments.Split(most).Fault, ExtraArguments.Split(most + " a").Fault);

        Assert.Equal((null, "The arguments are more than 512; accepted are at most so many."), faults);
    }

    [Fact]
    public void It_is_the_inverse_of_the_words_of_a_shell()
    {
        var random = new Random(1);
        const string Pieces = "ab -=/'\"\\$`*;#\t\n{}中é,:@%~!";
        for (var round = 0; round < 2000; round++)
        {
            var words = Enumerable.Range(0, random.Next(8))
                .Select(_ => new string([.. Enumerable.Range(0, random.Next(12)).Select(_ => Pieces[random.Next(Pieces.Length)])])).ToList();

            var joined = ExtraArguments.Split(ShellWords.Join(words));
            var quoted = ExtraArguments.Split(string.Join("\n", words.Select(ShellWords.Quote)));

            Assert.Null(joined.Fault ?? quoted.Fault);
            Assert.Equal(words, joined.Words);
            Assert.Equal(words, quoted.Words);
        }
    }
}

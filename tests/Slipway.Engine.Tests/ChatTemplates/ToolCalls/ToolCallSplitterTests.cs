using System.Text;
using Slipway.Engine.ChatTemplates.ToolCalls;

namespace Slipway.Engine.Tests.ChatTemplates.ToolCalls;

public sealed class ToolCallSplitterTests
{
    private const string Call = "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1, \"b\": [2, \"}\\\"\"]}}\n</tool_call>";

    [Theory]
    [InlineData("", "")]
    [InlineData("plain text", "plain text")]
    [InlineData("a < b and <tool> and <tool_call", "a < b and <tool> and <tool_call")]
    [InlineData("  trailing \n", "  trailing \n")]
    [InlineData(Call, "[add({\"a\": 1, \"b\": [2, \"}\\\"\"]})]")]
    [InlineData("Let me see.\n\n" + Call, "Let me see.[add({\"a\": 1, \"b\": [2, \"}\\\"\"]})]")]
    [InlineData(Call + "\n" + Call + "\n", "[add({\"a\": 1, \"b\": [2, \"}\\\"\"]})][add({\"a\": 1, \"b\": [2, \"}\\\"\"]})]")]
    [InlineData(Call + "\nDone.", "[add({\"a\": 1, \"b\": [2, \"}\\\"\"]})]\nDone.")]
    [InlineData("<tool_call>{\"arguments\": {\"x\": 1}, \"name\": \"f\"}</tool_call>", "[f({\"x\": 1})]")]
    [InlineData("<tool_call>{\"name\": \"f\"}</tool_call>", "[f({})]")]
    [InlineData("<tool_call>{\"name\": \"f\", \"arguments\": null}</tool_call>", "[f({})]")]
    [InlineData("<tool_call>{\"name\": \"f\", \"arguments\": \"{\\\"x\\\": 1}\"}</tool_call>", "[f({\"x\": 1})]")]
    [InlineData("<tool_call>{\"name\": \"查询\", \"arguments\": {\"城市\": \"北京😀\"}}</tool_call>", "[查询({\"城市\": \"北京😀\"})]")]
    public void Calls_are_told_from_text_however_the_answer_is_cut(string answer, string expected)
    {
        for (var length = 1; length <= Math.Max(1, answer.Length); length++)
        {
            Assert.Equal(expected, Spell(Split(ToolCallFormat.Tagged, answer, length)));
        }
    }

    [Theory]
    [InlineData("<tool_call>oops</tool_call>")]
    [InlineData("<tool_call>\n{\"city\": \"Oslo\"}\n</tool_call>")]
    [InlineData("<tool_call>{\"name\": 7, \"arguments\": {}}</tool_call>")]
    [InlineData("<tool_call>{\"name\": \"\", \"arguments\": {}}</tool_call>")]
    [InlineData("<tool_call>{\"name\": \"f\\ud800\", \"arguments\": {}}</tool_call>")]
    [InlineData("<tool_call>{\"name\": \"f\", \"argu")]
    [InlineData("<tool_call>{}</tool_call>")]
    [InlineData("<tool_call>[1]</tool_call>")]
    [InlineData("<tool_call><function=f></function></tool_call>")]
    [InlineData("  <tool_call>")]
    public void What_is_no_proper_call_stays_text(string answer)
    {
        for (var length = 1; length <= answer.Length; length++)
        {
            Assert.Equal(answer, Spell(Split(ToolCallFormat.Tagged, answer, length)));
        }
    }

    [Fact]
    public void A_broken_call_does_not_hide_the_next_one()
    {
        var pieces = Split(ToolCallFormat.Tagged, "<tool_call><tool_call>{\"name\": \"f\", \"arguments\": {}}</tool_call>", 3);

        Assert.Equal("<tool_call>[f({})]", Spell(pieces));
    }

    [Fact]
    public void A_call_that_was_not_closed_does_not_hide_the_next_one()
    {
        var pieces = Split(
            ToolCallFormat.Tagged, "<tool_call>{\"name\": \"f\", \"arguments\": {}}\n<tool_call>{\"name\": \"g\", \"arguments\": {}}", 4);

        Assert.Equal("[f({})][g({})]", Spell(pieces));
    }

    [Fact]
    public void Arguments_stream_as_they_come()
    {
        var splitter = new ToolCallSplitter(ToolCallFormat.Tagged);
        List<ToolCallPiece> pieces = [];

        splitter.Push("<tool_call>{\"name\": \"f\", \"arguments\": {\"text\": \"one", pieces);
        splitter.Push(" two", pieces);

        Assert.Equal(
            [
                new(ToolCallPieceKind.Name, "f", 0),
                new(ToolCallPieceKind.Arguments, "{\"text\": \"one", 0),
                new(ToolCallPieceKind.Arguments, " two", 0),
            ],
            pieces);
    }

    [Fact]
    public void Arguments_that_were_cut_off_stay_arguments()
    {
        var pieces = Split(ToolCallFormat.Tagged, "<tool_call>{\"name\": \"f\", \"arguments\": {\"text\": \"one", 5);

        Assert.Equal("[f({\"text\": \"one)]", Spell(pieces));
    }

    [Theory]
    [InlineData("{\"name\": \"f\", \"parameters\": {\"x\": 1}}", "[f({\"x\": 1})]")]
    [InlineData("\n{\"type\": \"function\", \"name\": \"f\", \"parameters\": {}}", "[f({})]")]
    [InlineData("{\"name\": \"f\", \"parameters\": {}}; {\"name\": \"g\", \"parameters\": {}}", "[f({})][g({})]")]
    [InlineData("{\"name\": \"Alice\", \"age\": 3}", "{\"name\": \"Alice\", \"age\": 3}")]
    [InlineData("{\"name\": \"Alice\"}", "{\"name\": \"Alice\"}")]
    [InlineData("Well: {\"name\": \"f\", \"parameters\": {}}", "Well: {\"name\": \"f\", \"parameters\": {}}")]
    [InlineData("{\"name\": \"f\", \"para", "{\"name\": \"f\", \"para")]
    [InlineData("", "")]
    [InlineData(" \n", " \n")]
    public void Bare_calls_are_the_whole_answer(string answer, string expected)
    {
        for (var length = 1; length <= Math.Max(1, answer.Length); length++)
        {
            Assert.Equal(expected, Spell(Split(ToolCallFormat.Bare, answer, length)));
        }
    }

    [Fact]
    public void A_call_behind_any_space_is_a_call()
    {
        for (var spaces = 0; spaces < 150; spaces++)
        {
            var pieces = Split(ToolCallFormat.Tagged, new string(' ', spaces) + Call, 7);

            Assert.EndsWith("[add({\"a\": 1, \"b\": [2, \"}\\\"\"]})]", Spell(pieces), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(ToolCallFormat.Tagged, "")]
    [InlineData(ToolCallFormat.Tagged, Call)]
    [InlineData(ToolCallFormat.Bare, "")]
    public void A_flood_of_line_breaks_is_text_and_takes_no_time_to_speak_of(ToolCallFormat format, string before)
    {
        var flood = new string('\n', 2_000_000);

        var pieces = Split(format, before + flood + "end", 1000);

        Assert.EndsWith("\nend", Spell(pieces), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ToolCallFormat.Tagged)]
    [InlineData(ToolCallFormat.Bare)]
    public void Random_output_is_split_the_same_however_it_is_cut(ToolCallFormat format)
    {
        string[] parts =
            ["<tool_call>", "</tool_call>", "{", "}", "\"name\"", ": ", "\"f\"", ", ", "\"arguments\"", "\"parameters\"", "[", "]", "\\", "\"", "x", "\n", "1", ";"];
        var random = new Random(3);
        for (var i = 0; i < 3000; i++)
        {
            var answer = string.Concat(Enumerable.Range(0, random.Next(1, 25)).Select(_ => parts[random.Next(parts.Length)]));

            var whole = Spell(Split(format, answer, answer.Length));
            var cut = Spell(Split(format, answer, random.Next(1, 5)));

            Assert.Equal(whole, cut);
        }
    }

    [Theory]
    [InlineData("So<tool_call>", "So")]
    [InlineData("So<tool_call>\n{\"name\": \"a", "So")]
    [InlineData("So<tool", "So")]
    [InlineData("So <", "So <")]
    public void What_a_limit_cut_off_of_a_call_is_no_text(string answer, string expected)
    {
        var splitter = new ToolCallSplitter(ToolCallFormat.Tagged);
        List<ToolCallPiece> pieces = [];

        splitter.Push(answer, pieces);
        splitter.Flush(pieces, isCut: true);

        Assert.Equal(expected, string.Concat(pieces.Select(piece => piece.Text)));
    }

    [Theory]
    [InlineData("{{ '<tool_call>' }}", ToolCallFormat.Tagged)]
    [InlineData("{% if tools %}{\"name\": function name, \"parameters\": dictionary}{% endif %}", ToolCallFormat.Bare)]
    [InlineData("{{ messages }}", null)]
    public void The_template_tells_the_format(string template, ToolCallFormat? expected)
    {
        Assert.Equal(expected, ToolCallFormats.Find(template));
    }

    private static List<ToolCallPiece> Split(ToolCallFormat format, string answer, int length)
    {
        var splitter = new ToolCallSplitter(format);
        List<ToolCallPiece> pieces = [];
        for (var at = 0; at < answer.Length; at += length)
        {
            splitter.Push(answer.Substring(at, Math.Min(length, answer.Length - at)), pieces);
        }

        splitter.Flush(pieces);
        Assert.DoesNotContain(pieces, piece => piece.Text.Length == 0);
        return pieces;
    }

    private static string Spell(List<ToolCallPiece> pieces)
    {
        var text = new StringBuilder();
        for (var i = 0; i < pieces.Count; i++)
        {
            var isLast = i + 1 == pieces.Count || pieces[i + 1].Kind != ToolCallPieceKind.Arguments;
            text.Append(pieces[i].Kind switch
            {
                ToolCallPieceKind.Name => $"[{pieces[i].Text}(",
                _ => pieces[i].Text,
            });
            text.Append(pieces[i].Kind != ToolCallPieceKind.Text && isLast ? ")]" : "");
        }

        return text.ToString();
    }
}

using Slipway.Engine.ChatTemplates;

namespace Slipway.Engine.Tests.ChatTemplates;

public sealed class ReasoningSplitterTests
{
    private const string Plain = "<|im_start|>assistant\n";
    private const string Open = "<|im_start|>assistant\n<think>\n";

    /// <summary>Prompt, output, thought, answer.</summary>
    public static TheoryData<string, string, string, string> Outputs => new()
    {
        { Plain, "", "", "" },
        { Plain, "Hello", "", "Hello" },
        { Plain, "  \n Hello", "", "  \n Hello" },
        { Plain, " \n", "", " \n" },
        { Plain, "<think>\nsum\n</think>\n\n2", "sum", "2" },
        { Plain, "\n <think>\nsum\n</think>\n\n2", "sum", "2" },
        { Plain, "<think>sum</think>2", "sum", "2" },
        { Plain, "<think>\n\n</think>\n\n2", "", "2" },
        { Plain, "<think></think>", "", "" },
        { Plain, "<think>\n\na\n\nb\n\n</think>\n\n\n\n2\n", "\na\n\nb\n", "\n\n2\n" },
        { Plain, "<think>\na < b </thin > </think\n</think>\nx", "a < b </thin > </think", "x" },
        { Plain, "<think>never closed\n</thi", "never closed\n</thi", "" },
        { Plain, "<thi", "", "<thi" },
        { Plain, "<thinking> is a word", "", "<thinking> is a word" },
        { Plain, "The mark <think> opens </think> a thought", "", "The mark <think> opens </think> a thought" },
        { Plain, "<think>a</think>b <think>c</think>", "a", "b <think>c</think>" },
        { Plain, "</think>\n\nx", "", "</think>\n\nx" },
        { Plain, "<think>a <think> b\n</think>\n\nc", "a <think> b", "c" },
        { Open, "sum\n</think>\n\n2", "sum", "2" },
        { Open, "\nsum</think>2", "\nsum", "2" },
        { Open, "</think>\n\n2", "", "2" },
        { Open, "still thinking", "still thinking", "" },
        { Open.TrimEnd(), "\nsum\n</think>\n\n2", "sum", "2" },
        { Open + "\n</think>\n\n", "2", "", "2" },
        { "user: what is <think>?\n" + Plain, "A mark.", "", "A mark." },
        { Plain, "<think>\n想😀想\n</think>\n\n答😀", "想😀想", "答😀" },
    };

    [Theory, MemberData(nameof(Outputs))]
    public void An_output_splits_the_same_however_it_is_cut(string prompt, string text, string thought, string answer)
    {
        var cuts = EveryCut(text);

        var splits = cuts.Select(pieces => Join(Split(prompt, pieces))).Distinct();

        Assert.Equal([(thought, answer)], splits);
    }

    [Theory]
    [InlineData(Plain, false)]
    [InlineData(Open, true)]
    [InlineData("<think>", true)]
    [InlineData("<think>\n\n</think>\n\n", false)]
    [InlineData("say <think> please\nassistant:", false)]
    [InlineData("", false)]
    public void The_end_of_the_prompt_decides_where_the_output_begins(string prompt, bool inThought)
    {
        var splitter = new ReasoningSplitter(prompt);

        Assert.Equal(inThought, splitter.StartsInThought);
        Assert.Equal(inThought, splitter.InThought);
    }

    [Fact]
    public void Text_that_cannot_be_a_mark_is_not_delayed()
    {
        var splitter = new ReasoningSplitter(Open);
        var output = new List<ReasoningPiece>();

        splitter.Push("a\n<", output);
        splitter.Push("b", output);
        splitter.Push("</think>", output);
        splitter.Push("\n", output);
        splitter.Push("c\n", output);
        splitter.Push("</think", output);

        Assert.Equal([new(true, "a"), new(true, "\n<b"), new(false, "c\n"), new(false, "</think")], output);
    }

    [Fact]
    public void The_state_follows_the_output()
    {
        var splitter = new ReasoningSplitter(Plain);
        var output = new List<ReasoningPiece>();

        splitter.Push("<think>", output);
        var afterOpen = splitter.InThought;
        splitter.Push("</think>", output);

        Assert.True(afterOpen);
        Assert.False(splitter.InThought);
        Assert.False(splitter.StartsInThought);
        Assert.Empty(output);
    }

    [Fact]
    public void Other_marks_work_alike()
    {
        var splitter = new ReasoningSplitter("[THINK]", "[THINK]", "[/THINK]");
        var output = new List<ReasoningPiece>();

        splitter.Push("a[/TH", output);
        splitter.Push("INK]b", output);

        Assert.Equal([new(true, "a"), new(false, "b")], output);
    }

    /// <summary>All ways to cut in two and three, and one character at a time.</summary>
    private static IEnumerable<string[]> EveryCut(string text)
    {
        yield return [.. text.Select(static unit => unit.ToString())];
        for (var i = 0; i <= text.Length; i++)
        {
            for (var j = i; j <= text.Length; j++)
            {
                yield return [text[..i], text[i..j], text[j..]];
            }
        }
    }

    private static List<ReasoningPiece> Split(string prompt, string[] pieces)
    {
        var splitter = new ReasoningSplitter(prompt);
        var output = new List<ReasoningPiece>();
        foreach (var piece in pieces)
        {
            splitter.Push(piece, output);
        }

        splitter.Flush(output);
        return output;
    }

    private static (string Thought, string Answer) Join(List<ReasoningPiece> pieces)
    {
        Assert.DoesNotContain(pieces, static piece => piece.Text.Length == 0);
        return (string.Concat(pieces.Where(static piece => piece.IsThought).Select(static piece => piece.Text)),
            string.Concat(pieces.Where(static piece => !piece.IsThought).Select(static piece => piece.Text)));
    }
}

using System.Text;
using Slipway.Engine.Tests.Formats;
using Slipway.Engine.Training.Data;

namespace Slipway.Engine.Tests.Training.Data;

public sealed class ExampleSetTests
{
    private static readonly string Absent = Path.Combine(AppContext.BaseDirectory, "nowhere.jsonl");

    [Fact]
    public void Examples_of_all_files_are_there_with_their_lengths()
    {
        using var one = File("""{"text": "abc"}""", """{"text": "0123456789"}""");
        using var other = File("", """{"text": "xyz"}""");

        using var set = ExampleSet.Open([one.Path, other.Path], TrainingTexts.TextEncoder(cutoff: 4), CancellationToken.None);

        string[] texts = ["abc<|endoftext|>", "0123", "4567", "89<|endoftext|>", "xyz<|endoftext|>"];
        Assert.Equal(texts, Enumerable.Range(0, set.Count).Select(index => set[index].Text()));
        Assert.All(Enumerable.Range(0, set.Count), index => Assert.Equal(set[index].Tokens.Length, set.LengthOf(index)));
        Assert.Equal(19, set.TokenCount);
    }

    [Fact]
    public void Every_fault_is_found_and_the_first_ten_are_shown_by_file_and_line()
    {
        using var good = File("""{"text": "fine"}""");
        using var bad = File([.. Enumerable.Range(0, 12).Select(i => $$"""{"text": {{i}}}"""), "", """{"text": "fine"}"""]);

        var exception = Assert.Throws<TrainingDataException>(
            () => ExampleSet.Open([good.Path, bad.Path], TrainingTexts.TextEncoder(cutoff: 64), CancellationToken.None));

        Assert.Equal(12, exception.Total);
        Assert.Equal(Enumerable.Range(1, 12), exception.Faults.Select(fault => fault.Line));
        Assert.StartsWith($"{bad.Path}:1: 'text' is 0; accepted is a string.", exception.Message, StringComparison.Ordinal);
        Assert.Contains(":10: ", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(":11: ", exception.Message, StringComparison.Ordinal);
        Assert.EndsWith("and 2 more.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Faults_are_counted_without_being_kept_without_end()
    {
        using var bad = File([.. Enumerable.Repeat("{", 500)]);

        var exception = Assert.Throws<TrainingDataException>(
            () => ExampleSet.Open([bad.Path], TrainingTexts.TextEncoder(cutoff: 64), CancellationToken.None));

        Assert.Equal((100, 500), (exception.Faults.Count, exception.Total));
    }

    [Fact]
    public void A_file_of_nothing_is_refused()
    {
        using var empty = File("");

        var exception = Assert.Throws<TrainingDataException>(
            () => ExampleSet.Open([empty.Path], TrainingTexts.TextEncoder(cutoff: 64), CancellationToken.None));

        Assert.Contains("no examples", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_that_the_cutoff_leaves_nothing_of_are_counted()
    {
        using var file = File(
            """{"instruction": "Q", "output": "A"}""", $$"""{"instruction": "{{new string('?', 200)}}", "output": "A"}""");

        using var set = ExampleSet.Open([file.Path], TrainingTexts.Encoder(cutoff: 60), CancellationToken.None);

        Assert.Equal((1, 1), (set.Count, set.Skipped));
    }

    [Fact]
    public void A_cutoff_that_leaves_nothing_at_all_is_refused()
    {
        using var file = File("""{"instruction": "Q", "output": "A"}""");

        var exception = Assert.Throws<TrainingDataException>(
            () => ExampleSet.Open([file.Path], TrainingTexts.Encoder(cutoff: 4), CancellationToken.None));

        Assert.Contains("cutoff", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        var exception = Assert.Throws<FileNotFoundException>(
            () => ExampleSet.Open([Absent], TrainingTexts.TextEncoder(cutoff: 64), CancellationToken.None));

        Assert.Contains("nowhere.jsonl", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.001, 1)]
    [InlineData(0.25, 5)]
    [InlineData(1, 19)]
    public void Lines_are_held_out_by_the_seed_and_never_in_part(double share, int expected)
    {
        using var file = File([.. Enumerable.Range(0, 20).Select(i => $$"""{"text": "{{(char)('a' + i)}}123456"}""")]);
        using var set = ExampleSet.Open([file.Path], TrainingTexts.TextEncoder(cutoff: 4), CancellationToken.None);

        var (training, heldOut) = set.Split(share, seed: 5);
        var (_, again) = set.Split(share, seed: 5);
        var (_, other) = set.Split(share, seed: 6);

        Assert.Equal(expected * 2, heldOut.Count);
        Assert.Equal(Texts(set).Order(), Texts(training).Concat(Texts(heldOut)).Order());
        Assert.Equal(Texts(heldOut), Texts(again));
        Assert.Equal(expected is 0, Texts(heldOut).SequenceEqual(Texts(other)));
        Assert.All(Texts(heldOut).Where((_, part) => part % 2 == 0), text => Assert.Matches("^[a-t]123$", text));
    }

    [Fact]
    public void A_file_that_changes_in_use_is_noticed()
    {
        var lines = Enumerable.Range(0, 2).Select(i => $$"""{"text": "{{new string((char)('a' + i), 16)}}"}""");
        using var file = File([.. lines]);
        using var large = File($$"""{"text": "{{new string('x', 9 << 20)}}"}"""); // Fills what is kept of lines read of late.
        using var set = ExampleSet.Open([file.Path, large.Path], TrainingTexts.TextEncoder(cutoff: 64), CancellationToken.None);
        var changed = System.IO.File.ReadAllText(file.Path).Replace("text", "next", StringComparison.Ordinal);
        System.IO.File.WriteAllText(file.Path, changed);

        var exception = Assert.Throws<TrainingDataException>(() => set[1]);

        Assert.Equal(2, Assert.Single(exception.Faults).Line);
    }

    internal static TemporaryFile File(params string[] lines) => new(Encoding.UTF8.GetBytes(string.Join('\n', lines)));

    private static string[] Texts(ExampleSet set) => [.. Enumerable.Range(0, set.Count).Select(index => set[index].Text())];
}

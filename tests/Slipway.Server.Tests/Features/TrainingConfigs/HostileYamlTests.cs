using System.Diagnostics;
using System.Globalization;
using System.Text;
using Slipway.Server.Features.TrainingConfigs.Yaml;

namespace Slipway.Server.Tests.Features.TrainingConfigs;

/// <summary>Texts that make readers slow, large or dead.</summary>
public sealed class HostileYamlTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    public static TheoryData<string> Pieces =>
        ["[", "{", "- ", "? ", ": ", "a: ", "&a ", "*a ", "!a ", "!<", "\"", "'", "|\n", ">\n", "#", " ", "\n", "\r", "-", "---\n", "%", "[a,", "{a: ", "a\n", ",", "]", "\\", "@", "\u0085", "\uFEFF"];

    [Fact]
    public void A_billion_laughs_are_refused_before_the_second()
    {
        var text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 12; i++)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]");
        }

        var (found, memory) = Measure(text.ToString());

        Assert.Contains("more than 100000 values", Assert.Single(found.Faults).Message, StringComparison.Ordinal);
        Assert.True(memory < 64 << 20, $"{memory} bytes were allocated.");
    }

    [Fact]
    public void A_ladder_of_aliases_is_as_deep_as_it_would_be_written_out()
    {
        var text = new StringBuilder("a0: &a0 [x]\n");
        for (var i = 1; i < 100; i++)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"a{i}: &a{i} [*a{i - 1}]");
        }

        var (found, _) = Measure(text.ToString());

        Assert.Contains("more than 32 deep", Assert.Single(found.Faults).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Pieces))]
    public void A_mebibyte_of_one_thing_is_answered_soon(string piece)
    {
        var text = string.Concat(Enumerable.Repeat(piece, TrainingYaml.LargestFile / Encoding.UTF8.GetByteCount(piece)));
        var watch = Stopwatch.StartNew();

        var (found, memory) = Measure(text);

        Assert.True(watch.Elapsed < Longest, $"It took {watch.Elapsed}.");
        Assert.True(memory < 1L << 30, $"{memory} bytes were allocated.");
        Assert.NotEmpty(found.Faults);
    }

    [Fact]
    public void Texts_of_chance_never_crash_it()
    {
        var chance = new Random(20261121);
        var pieces = Pieces.Select(piece => piece.Data).Concat(["stage", "dataset", "1", "true", "null", "~", "训练", "  "]).ToArray();

        for (var i = 0; i < 5000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, chance.Next(1, 40)).Select(_ => pieces[chance.Next(pieces.Length)]));

            var found = TrainingYaml.Check(Encoding.UTF8.GetBytes(text));

            Assert.All(found.Faults, fault => Assert.True(fault.Place.Line > 0 && fault.Place.Column > 0, $"{text}: {fault.Sentence}"));
        }
    }

    [Fact]
    public void Ten_thousand_unknown_keys_get_fifty_warnings_and_a_count()
    {
        var text = string.Concat(Enumerable.Range(0, 10_000).Select(i => $"key_{i}: 1\n"));

        var (found, _) = Measure(text);

        Assert.Equal(51, found.Warnings.Count);
        Assert.Equal("… and 9951 more.", found.Warnings[^1]);
    }

    private static (CheckedYaml Found, long Allocated) Measure(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var found = TrainingYaml.Check(bytes);
        return (found, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}

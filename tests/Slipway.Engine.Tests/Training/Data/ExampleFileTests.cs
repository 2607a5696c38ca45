using System.Text;
using Slipway.Engine.Tests.Formats;
using Slipway.Engine.Training.Data;

namespace Slipway.Engine.Tests.Training.Data;

public sealed class ExampleFileTests
{
    [Fact]
    public void Lines_are_found_whatever_ends_them_and_blank_ones_left_out()
    {
        using var temporary = new TemporaryFile([.. "\uFEFF{1}\r\n\r\n \t\n{2}\n\n{3}"u8]);

        using var file = Open(temporary.Path);

        Assert.Equal(["{1}", "{2}", "{3}"], Enumerable.Range(0, file.Count).Select(index => file.ReadLine(index).TrimEnd()));
        Assert.Equal([1, 4, 6], Enumerable.Range(0, file.Count).Select(file.NumberOf));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\r\n  \n")]
    [InlineData("\uFEFF")]
    public void A_file_of_nothing_has_no_lines(string content)
    {
        using var temporary = new TemporaryFile(Encoding.UTF8.GetBytes(content));

        using var file = Open(temporary.Path);

        Assert.Equal(0, file.Count);
    }

    [Fact]
    public void Lines_may_lie_across_the_buffers_of_the_pass()
    {
        string[] lines = [.. Enumerable.Range(0, 40).Select(i => new string((char)('a' + (i % 26)), 100_003 + i))];
        using var temporary = new TemporaryFile(Encoding.UTF8.GetBytes(string.Join('\n', lines)));

        using var file = Open(temporary.Path);

        Assert.Equal(lines, Enumerable.Range(0, file.Count).Select(file.ReadLine));
    }

    [Fact]
    public void Several_threads_may_read()
    {
        string[] lines = [.. Enumerable.Range(0, 1000).Select(i => $"line {i}")];
        using var temporary = new TemporaryFile(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        using var file = Open(temporary.Path);
        var read = new string[lines.Length];

        Parallel.For(0, lines.Length, index => read[index] = file.ReadLine(index));

        Assert.Equal(lines, read);
    }

    [Fact]
    public void A_line_that_is_too_long_is_named()
    {
        using var temporary = new TemporaryFile([.. "{}\n"u8, .. new byte[ExampleFile.LongestLine + 1]]);

        var fault = Assert.Throws<TrainingDataException>(() => Open(temporary.Path));

        Assert.Equal(2, Assert.Single(fault.Faults).Line);
    }

    [Fact]
    public void Utf16_is_refused_by_name()
    {
        using var temporary = new TemporaryFile([.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("{}")]);

        var fault = Assert.Throws<TrainingDataException>(() => Open(temporary.Path));

        Assert.Contains("UTF-16", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_that_is_not_utf8_is_refused()
    {
        using var temporary = new TemporaryFile([(byte)'"', 0xC3, (byte)'"']);
        using var file = Open(temporary.Path);

        var fault = Assert.Throws<ExampleException>(() => file.ReadLine(0));

        Assert.Contains("UTF-8", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_has_become_shorter_is_noticed()
    {
        using var temporary = new TemporaryFile([.. "{}\n{}"u8]);
        using var file = Open(temporary.Path);
        File.WriteAllText(temporary.Path, "{}");

        var fault = Assert.Throws<ExampleException>(() => file.ReadLine(1));

        Assert.Contains("shorter", fault.Message, StringComparison.Ordinal);
    }

    private static ExampleFile Open(string path) => ExampleFile.Open(path, CancellationToken.None);
}

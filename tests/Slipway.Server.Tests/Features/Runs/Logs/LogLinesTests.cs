using Slipway.Server.Features.Runs.Logs;

namespace Slipway.Server.Tests.Features.Runs.Logs;

/// <summary>Which parts of an output are lines, and how they look.</summary>
public sealed class LogLinesTests : IDisposable
{
    private readonly OutputFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a\nb\n", "a", "b")]
    [InlineData("a\r\nb\r\n", "a", "b")]
    [InlineData("a\n\nb\n", "a", "", "b")]
    [InlineData("a\nhalf", "a")]
    [InlineData("\r  0%|  | 0/2 [00:00<?, ?it/s]\r 50%|█ | 1/2 [00:01<00:01, 1.0it/s]\r100%|██| 2/2 [00:02<00:00, 1.0it/s]\n", "100%|██| 2/2 [00:02<00:00, 1.0it/s]")]
    [InlineData("\r 50%|█ | 1/2\r            \r{'loss': 0.5}\n\r 50%|█ | 1/2", "{'loss': 0.5}")]
    [InlineData("\r 50%|█ | 1/2\r   \n", new string[0])]
    [InlineData("Downloading\rDone\n", "Downloading", "Done")]
    [InlineData("2/3 files\r3/3 files\nend\n", "3/3 files", "end")]
    [InlineData("\u001b[32mgreen\u001b[0m \u001b]8;;http://x\u0007link\n", "green link")]
    [InlineData("bell\a and \u001b[\n", @"bell\x07 and \x1b[")]
    [InlineData("tab\tstays, so does °\n", "tab\tstays, so does °")]
    public void Lines_are_what_a_terminal_would_have_kept(string output, params string[] expected)
    {
        _folder.With(output).Indexed();

        var texts = _folder.Texts();

        Assert.Equal(expected, texts);
    }

    [Fact]
    public void What_is_not_utf8_is_shown_as_such()
    {
        _folder.With([(byte)'a', 0xFF, (byte)'b', (byte)'\n']);

        var texts = _folder.Texts();

        Assert.Equal(["a\uFFFDb"], texts);
    }

    [Fact]
    public void A_line_without_end_goes_on_over_several_lines()
    {
        _folder.With($"{new string('好', 50_000)}\nshort\n").Indexed();

        using var reader = _folder.Read();
        var lines = reader.Page(0, OutputFolder.All).Lines;

        Assert.Equal([false, true, true, false], lines.Select(line => line.Continued));
        Assert.Equal(new string('好', 50_000), string.Concat(lines.Take(3).Select(line => line.Text)));
    }

    [Fact]
    public void An_unfinished_line_is_a_frame_while_the_attempt_runs()
    {
        _folder.With("a\n\r 33%|█  | 1/3");

        using var reader = _folder.Read();

        Assert.Equal("33%|█  | 1/3", reader.Frame);
        Assert.Equal(1, reader.End.Lines);
    }

    [Fact]
    public void An_unfinished_line_is_a_line_once_the_attempt_has_ended()
    {
        _folder.With("a\n\r 33%|█  | 1/3");

        using var reader = _folder.Read(isEnded: true);

        Assert.Null(reader.Frame);
        Assert.Equal(2, reader.End.Lines);
    }

    [Fact]
    public void The_follower_knows_the_newest_frame()
    {
        _folder.With("a\n 1/3\r 2/3\r");
        using var indexer = LogIndexer.Open(_folder.Output);

        indexer.Advance(sink: null, long.MaxValue, TestContext.Current.CancellationToken);

        Assert.Equal("2/3", indexer.Frame);
    }
}

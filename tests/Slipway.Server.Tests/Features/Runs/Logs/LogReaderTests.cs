using Slipway.Server.Features.Runs.Logs;

namespace Slipway.Server.Tests.Features.Runs.Logs;

/// <summary>What a page costs at most.</summary>
public sealed class LogReaderTests : IDisposable
{
    private readonly OutputFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_search_without_time_goes_on_page_by_page_to_the_same_lines()
    {
        _folder.With(string.Concat(Enumerable.Range(0, 20_000).Select(number => $"line {number}\n"))).Indexed();
        using var reader = _folder.Read();
        var query = new LogQuery { Limit = 1000, Search = "77", Budget = TimeSpan.Zero };

        var found = new List<LogLine>();
        var pages = 0;
        for (var (next, isDone) = (0L, false); !isDone; pages++)
        {
            var page = reader.Page(next, query);
            found.AddRange(page.Lines);
            (next, isDone) = (page.Next, page.IsDone);
        }

        Assert.Equal(Enumerable.Range(0, 20_000).Count(number => $"{number}".Contains("77", StringComparison.Ordinal)), found.Count);
        Assert.True(pages > 20, "It did not stop in between.");
    }

    [Fact]
    public void A_page_of_very_long_lines_ends_early()
    {
        _folder.With(new byte[8 * 1024 * 1024]).Indexed(isEnded: true);
        using var reader = _folder.Read(isEnded: true);

        var page = reader.Page(0, new LogQuery { Limit = 1000, MaxCharacters = 1_000_000 });

        Assert.InRange(page.Lines.Sum(line => line.Text.Length), 1_000_000, 1_400_000);
        Assert.False(page.IsDone);
    }

    [Fact]
    public void The_last_very_long_lines_are_the_very_last()
    {
        _folder.With(new byte[8 * 1024 * 1024]).Indexed(isEnded: true);
        using var reader = _folder.Read(isEnded: true);

        var page = reader.Last(new LogQuery { Limit = 1000, MaxCharacters = 1_000_000 });

        Assert.Equal(reader.End.Lines - 1, page.Lines[^1].Number);
        Assert.True(page.Lines.Count < 128, $"{page.Lines.Count} lines are too many.");
    }

    [Fact]
    public void A_reader_that_is_far_ahead_of_the_follower_says_so()
    {
        _folder.With("indexed\n").Indexed();
        var line = new byte[1000];
        line.AsSpan().Fill((byte)'x');
        line[^1] = (byte)'\n';
        for (var i = 0; i < 20; i++)
        {
            _folder.With(Enumerable.Repeat(line, 1000).SelectMany(bytes => bytes).ToArray());
        }

        using var reader = _folder.Read();

        Assert.True(reader.IsBehind);
        Assert.InRange(reader.End.Offset, LogReader.MaxUnindexedBytes - 2000, LogReader.MaxUnindexedBytes);
    }

    /// <summary>A gigabyte of zeros, which takes no room on the disk: neither newlines nor anything to show.</summary>
    [Fact]
    public void A_gigabyte_without_a_newline_takes_no_memory()
    {
        using (var file = File.Create(_folder.Output))
        {
            file.SetLength(1L << 30);
        }
        var before = GC.GetAllocatedBytesForCurrentThread();

        _folder.Indexed(isEnded: true);
        using var reader = _folder.Read(isEnded: true);
        var page = reader.Page(16_000, new LogQuery { Limit = 1 });

        Assert.Equal(16_384, reader.End.Lines);
        Assert.Equal(16_000, page.Lines[0].Number);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16L << 20);
    }

    [Theory]
    [InlineData("needle", true)]
    [InlineData("NEEDLE", true)]
    [InlineData("nEEdle in", true)]
    [InlineData("needles", false)]
    [InlineData("é", true)]
    [InlineData("É", false)]
    [InlineData("[31m", false)]
    [InlineData("red needle", true)]
    public void A_search_looks_at_what_is_shown(string search, bool isFound)
    {
        _folder.With($"{new string('n', 100)} \u001b[31mred\u001b[0m neEdle in a haystack, é {new string('e', 100)}\n");
        using var reader = _folder.Read();

        var page = reader.Page(0, new LogQuery { Limit = 1, Search = search });

        Assert.Equal(isFound, page.Lines.Count == 1);
    }
}

using Slipway.Server.Features.Runs.Logs;

namespace Slipway.Server.Tests.Features.Runs.Logs;

/// <summary>Whatever is printed in whatever portions, and however often the follower starts anew: the lines are those of the file.</summary>
public sealed class LogSoupTests : IDisposable
{
    private readonly OutputFolder _folder = new();

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 12)];

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(Seeds))]
    public void At_any_moment_the_lines_are_those_that_the_file_holds(int seed)
    {
        var soup = ByteSoup.Make(seed, pieces: 6000);
        var random = new Random(seed);

        foreach (var (end, indexer) in Grow(soup, random, sink: null))
        {
            using var reader = _folder.Read();
            var lines = reader.Page(0, OutputFolder.All).Lines;

            Assert.Equal(PlainLog.Lines(soup.AsSpan(0, end), isEnded: false), lines);
            Assert.Equal(lines.Count, indexer.Position.Lines);
        }
    }

    [Theory, MemberData(nameof(Seeds))]
    public void The_end_of_the_attempt_shows_its_last_line(int seed)
    {
        var soup = ByteSoup.Make(seed, pieces: 3000);

        _folder.With(soup).Indexed(isEnded: true);

        using var reader = _folder.Read(isEnded: true);
        Assert.Equal(PlainLog.Lines(soup, isEnded: true), reader.Page(0, OutputFolder.All).Lines);
    }

    [Theory, MemberData(nameof(Seeds))]
    public void Every_line_is_handed_on_once(int seed)
    {
        var soup = ByteSoup.Make(seed, pieces: 6000);
        var sink = new LineCount();

        foreach (var (end, indexer) in Grow(soup, new Random(seed), sink))
        {
            Assert.Equal(indexer.Position.Lines, sink.Lines);
        }
    }

    [Theory, MemberData(nameof(Seeds))]
    public void Any_page_holds_the_lines_that_are_asked_for(int seed)
    {
        var soup = ByteSoup.Make(seed, pieces: 8000);
        var expected = PlainLog.Lines(soup, isEnded: true);
        _folder.With(soup).Indexed(isEnded: true);
        var random = new Random(seed);
        using var reader = _folder.Read(isEnded: true);

        foreach (var search in new[] { null, "LOSS", "é", "%", "valueerror: n", "nowhere", "lossloss" })
        {
            foreach (var level in new LineLevel?[] { null, LineLevel.Error, LineLevel.Warning, LineLevel.Debug })
            {
                var query = new LogQuery { Limit = random.Next(1, 400), Level = level, Search = search, Budget = TimeSpan.FromMinutes(1) };
                var first = random.Next(expected.Count + 10);
                var wanted = expected.Where(line => (level is null || line.Level == level) && (search is null || Holds(line, search))).ToList();

                Assert.Equal(wanted.Where(line => line.Number >= first).Take(query.Limit), reader.Page(first, query).Lines);
                Assert.Equal(wanted.TakeLast(query.Limit), reader.Last(query).Lines);
            }
        }
    }

    [Theory, MemberData(nameof(Seeds))]
    public void The_nth_line_of_a_level_is_found(int seed)
    {
        var soup = ByteSoup.Make(seed, pieces: 8000);
        var errors = PlainLog.Lines(soup, isEnded: true).Where(line => line.Level == LineLevel.Error).Select(line => line.Number).ToList();
        _folder.With(soup).Indexed(isEnded: true);
        using var reader = _folder.Read(isEnded: true);

        var found = Enumerable.Range(0, errors.Count + 1).Where(skip => skip % 37 == 0 || skip >= errors.Count - 1);

        Assert.All(found, skip => Assert.Equal(skip < errors.Count ? errors[skip] : reader.End.Lines, reader.NumberOf(LineLevel.Error, skip)));
    }

    /// <summary>Portions are appended; the follower now and then starts anew, and sometimes its index is gone.</summary>
    private IEnumerable<(int End, LogIndexer Indexer)> Grow(byte[] soup, Random random, ILineSink? sink)
    {
        var indexer = LogIndexer.Open(_folder.Output);
        for (var at = 0; at < soup.Length;)
        {
            var portion = Math.Min(random.Next(1, soup.Length / 12), soup.Length - at);
            _folder.With(soup.AsSpan(at, portion));
            at += portion;
            while (indexer.Advance(sink, random.Next(1, 300_000), CancellationToken.None))
            {
            }
            yield return (at, indexer);
            if (random.Next(2) == 0)
            {
                var handedOn = indexer.Position.Offset;
                indexer.Dispose();
                if (random.Next(3) == 0)
                {
                    File.Delete(_folder.Index);
                }
                indexer = LogIndexer.Open(_folder.Output, handedOn);
            }
        }
        indexer.Dispose();
    }

    /// <summary>By the shown text: no search term here holds what is shown otherwise than it was printed.</summary>
    private static bool Holds(LogLine line, string search) => AsciiLower(line.Text).Contains(AsciiLower(search), StringComparison.Ordinal);

    private static string AsciiLower(string text) => string.Concat(text.Select(letter => char.IsAsciiLetterUpper(letter) ? (char)(letter | 0x20) : letter));

    private sealed class LineCount : ILineSink
    {
        public int Lines { get; private set; }

        public void Line(ReadOnlySpan<byte> line) => Lines++;

        public void Frame(ReadOnlySpan<byte> frame)
        {
        }
    }
}

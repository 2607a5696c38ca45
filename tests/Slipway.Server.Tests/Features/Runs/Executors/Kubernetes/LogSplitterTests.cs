using System.Buffers;
using System.Text;
using Slipway.Server.Features.Runs.Executors.Kubernetes.Logs;

namespace Slipway.Server.Tests.Features.Runs.Executors.Kubernetes;

public sealed class LogSplitterTests
{
    private const int FirstSecond = 1_700_000_000;

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    public void Read_again_and_again_every_line_is_taken_once(int answerBytes)
    {
        var lines = Enumerable.Range(0, 300).Select(i => Line(i / 40, i % 40 / 4, $"line {i}\rpart")).ToList();
        var log = new ReadingOf(lines);

        for (var known = 0; known <= lines.Count; known += 13)
        {
            log.Read(known, answerBytes);
        }
        log.Read(lines.Count, answerBytes);

        Assert.Equal(string.Concat(lines.Select(line => line.Content)), log.Text);
    }

    [Fact]
    public void Lines_of_two_streams_may_stand_in_a_slightly_wrong_order()
    {
        List<(long Stamp, string Content)> lines =
            [Line(10, 500, "a\n"), Line(11, 1, "c\n"), Line(10, 900, "b\n"), Line(12, 0, "e\n"), Line(11, 999, "d\n"), Line(12, 1, "f\n")];
        var log = new ReadingOf(lines);

        for (var known = 1; known <= lines.Count; known++)
        {
            log.Read(known, 4096);
        }

        Assert.Equal("a\nc\nb\ne\nd\nf\n", log.Text);
    }

    [Fact]
    public void A_line_that_grows_is_taken_as_it_comes()
    {
        var log = new ReadingOf([]);

        log.Answer(Stamped(Line(1, 0, "10%\r")));
        log.Answer(Stamped(Line(1, 0, "10%\r20%\r")));
        log.Answer(Stamped(Line(1, 0, "10%\r20%\r100%\n"), Line(60, 0, "done\n")));
        log.Answer(Stamped(Line(60, 0, "done\n")));

        Assert.Equal("10%\r20%\r100%\ndone\n", log.Text);
    }

    [Fact]
    public void A_second_that_begins_inside_a_long_line_is_not_asked_for()
    {
        var log = new ReadingOf([]);

        log.Answer(Stamped(Line(10, 0, new string('x', 100_000) + "\n"), Line(15, 0, "after\n")));

        Assert.True(log.Position.Since is null or <= FirstSecond + 10 or > FirstSecond + 15);
    }

    [Fact]
    public void The_nodes_own_words_are_no_lines()
    {
        var log = new ReadingOf([]);

        var splitter = log.Answer("unable to retrieve container logs for containerd://5a\n"u8.ToArray());
        log.Answer(Stamped(Line(1, 0, "real\n")));

        Assert.Equal("real\n", log.Text);
        Assert.True(splitter.ForeignBytes > 0);
    }

    [Fact]
    public void A_log_whose_front_was_cut_goes_on_without_repetition()
    {
        var log = new ReadingOf([]);
        log.Answer(Stamped(Line(10, 1, "a\n"), Line(10, 2, "b\n"), Line(10, 3, "c\n")));

        var splitter = log.Answer(Stamped(Line(10, 3, "c\n"), Line(10, 4, "d\n")));

        Assert.Equal("a\nb\nc\nd\n", log.Text);
        Assert.Equal((true, false), (splitter.IsCut, splitter.HasGap));
    }

    [Fact]
    public void A_log_that_was_cut_too_far_is_noticed()
    {
        var log = new ReadingOf([]);
        log.Answer(Stamped(Line(10, 1, "a\n")));

        var splitter = log.Answer(Stamped(Line(30, 0, "z\n")));

        Assert.Equal("a\nz\n", log.Text);
        Assert.True(splitter.HasGap);
    }

    [Theory]
    [InlineData("2023-11-14T22:13:20.000000001Z", FirstSecond * LogStamp.Second + 1)]
    [InlineData("2023-11-14T22:13:20Z", FirstSecond * LogStamp.Second)]
    [InlineData("2023-11-15T06:13:20.5+08:00", FirstSecond * LogStamp.Second + 500_000_000)]
    public void Stamps_have_up_to_nine_digits_in_any_zone(string text, long expected)
    {
        var isStamp = LogStamp.TryParse(Encoding.ASCII.GetBytes(text), out var nanoseconds);

        Assert.Equal((true, expected), (isStamp, nanoseconds));
    }

    private static (long Stamp, string Content) Line(int second, int fraction, string content) =>
        ((FirstSecond + second) * LogStamp.Second + fraction, content.EndsWith('\n') || content.EndsWith('\r') ? content : content + "\n");

    private static byte[] Stamped(params IEnumerable<(long Stamp, string Content)> lines) =>
        Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => Stamp(line.Stamp) + " " + line.Content)));

    private static string Stamp(long nanoseconds) =>
        $"{DateTimeOffset.FromUnixTimeSeconds(nanoseconds / LogStamp.Second):yyyy-MM-dd'T'HH:mm:ss}.{nanoseconds % LogStamp.Second:D9}Z";

    /// <summary>A log that is asked again and again, as a collector asks.</summary>
    private sealed class ReadingOf(List<(long Stamp, string Content)> lines)
    {
        private readonly ArrayBufferWriter<byte> _output = new();

        public LogPosition Position { get; } = new();

        public string Text => Encoding.UTF8.GetString(_output.WrittenSpan);

        public void Read(int known, int answerBytes)
        {
            var since = (Position.Since ?? 0) * LogStamp.Second;
            var answer = Stamped(lines.Take(known).Where(line => line.Stamp >= since));
            var splitter = new LogSplitter(Position);
            foreach (var part in answer.Chunk(answerBytes))
            {
                splitter.Push(part, _output);
            }
        }

        public LogSplitter Answer(byte[] answer)
        {
            var splitter = new LogSplitter(Position);
            splitter.Push(answer, _output);
            return splitter;
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Text;
using Slipway.Server.Features.Deployments.Supervision;
using Slipway.Server.Tests.Features.Runs.Executors;

namespace Slipway.Server.Tests.Features.Deployments.Supervision;

public sealed class ServerLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("slipway-log-").FullName;

    private string Path => System.IO.Path.Combine(_folder, "one.log");

    [Fact]
    public void Places_go_on_over_a_move_and_over_our_own_end()
    {
        File.WriteAllText(Path, "one\ntwo\nthr");
        var log = new ServerLog(Path);

        log.Rotate(11);
        File.AppendAllText(Path, "ee\nfour\n");
        var next = new ServerLog(Path);

        Assert.Equal("ee\nfour\n", File.ReadAllText(Path));
        Assert.Equal(19, next.End);
        Assert.Equal((8L, "three\nfour\n"), Text(next.Read(8, 100)));
        Assert.Equal((8L, "three"), Text(next.Read(8, 5)));
        Assert.Equal(["three", "four"], next.Tail(2));
        Assert.Equal(8, next.StartOf(2));
    }

    [Fact]
    public void What_has_been_dropped_is_passed_over()
    {
        var log = new ServerLog(Path);
        foreach (var line in new[] { "aaaa\n", "bbbb\n", "cccc\n" })
        {
            File.AppendAllText(Path, line);
            log.Rotate(5);
        }

        Assert.Equal((10L, "cccc\n"), Text(log.Read(0, 100)));
        Assert.Equal((12L, "cc\n"), Text(log.Read(12, 100)));
        Assert.Equal(15, log.End);
    }

    [Fact]
    public void Of_a_file_that_is_much_too_long_the_end_is_kept()
    {
        File.WriteAllText(Path, new string('x', 10_000) + "\nthe end\n");
        var log = new ServerLog(Path);

        log.Rotate(4096);

        Assert.Equal((4096L, 0L), (new FileInfo(Path + ".1").Length, new FileInfo(Path).Length));
        Assert.Equal(["the end"], log.Tail(1));
        Assert.Equal(10_009, log.End);
    }

    [Fact]
    public void A_short_file_stays_as_it_is_and_one_that_is_not_there_has_no_lines()
    {
        var log = new ServerLog(Path);

        log.Rotate(1);
        var none = log.Tail(10);
        File.WriteAllText(Path, "one\n");
        log.Rotate(5);

        Assert.Empty(none);
        Assert.Equal(["one"], log.Tail(10));
        Assert.Equal(["one.log"], Directory.EnumerateFiles(_folder).Select(System.IO.Path.GetFileName));
    }

    [Fact]
    public void A_disk_that_is_full_gets_back_what_a_move_has_taken_of_it()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "There is no /dev/full here.");
        var log = new ServerLog(Path);
        File.WriteAllText(Path, "one\n");
        log.Rotate(4);
        File.WriteAllText(Path, "two\n");
        File.CreateSymbolicLink(Path + ".1.new", "/dev/full");

        Assert.ThrowsAny<IOException>(() => log.Rotate(4));
        var left = Directory.EnumerateFiles(_folder).Select(System.IO.Path.GetFileName).Order(StringComparer.Ordinal).ToList();

        Assert.Equal(["one.log", "one.log.1", "one.log.moved"], left);
        Assert.Equal(["one", "two"], log.Tail(10));
    }

    [Fact]
    public async Task A_writer_that_holds_the_file_open_goes_on_and_a_reader_has_each_line_once()
    {
        const int Lines = 20_000;
        var log = new ServerLog(Path);
        using var writer = Process.Start(
            HostProgram.Find("sh")!, ["-c", $"exec >>'{Path}'; i=0; while [ $i -lt {Lines} ]; do i=$((i+1)); echo \"line $i\"; [ $((i % 500)) -gt 0 ] || sleep 0.02; done"]);

        var (numbers, at, moves, torn) = (new List<int>(), 0L, 0, 0);
        bool isOver;
        do
        {
            isOver = writer.HasExited;
            var (start, bytes) = log.Read(at, 1 << 20);
            var whole = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
            foreach (var line in Encoding.UTF8.GetString(bytes, 0, whole).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                if (line.Split(' ') is ["line", var number])
                {
                    numbers.Add(int.Parse(number, CultureInfo.InvariantCulture));
                }
                else
                {
                    torn++; // It was being written when the file was emptied.
                }
            }
            at = start + whole;
            moves += log.Rotate(16384) ? 1 : 0;
        }
        while (!isOver || at < log.End);

        Assert.True(moves > 1, $"{moves} moves");
        Assert.True(numbers.Zip(numbers.Skip(1)).All(pair => pair.First < pair.Second), "A line came twice.");
        Assert.InRange(torn, 0, moves);
        Assert.Equal(Lines, numbers[^1]);
        Assert.True(numbers.Count > Lines * 0.9, $"{Lines - numbers.Count} of {Lines} lines are lost over {moves} moves.");
    }

    public void Dispose() => TestData.Delete(_folder);

    private static (long Start, string Text) Text((long Start, byte[] Bytes) read) => (read.Start, Encoding.UTF8.GetString(read.Bytes));
}

using System.Diagnostics;
using System.Text;
using Slipway.Server.Features.Runs.Logs;

namespace Slipway.Server.Tests.Features.Runs.Logs;

public sealed class FollowedFileTests : IDisposable
{
    private readonly OutputFolder _folder = new();
    private readonly FollowedFile _file;

    public FollowedFileTests() => _file = new(_folder.Output);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Only_complete_lines_are_read_and_each_once()
    {
        _folder.With("one\r\ntwo\nthr");
        var before = Lines(_file);

        _folder.With("ee\n");
        var after = Lines(_file);

        Assert.Equal(["one", "two"], before);
        Assert.Equal(["three"], after);
    }

    [Fact]
    public void Another_server_goes_on_where_the_first_one_stopped()
    {
        _folder.With("one\n");
        _ = Lines(_file);
        _folder.With("two\n");

        var lines = Lines(new FollowedFile(_folder.Output, _file.Position));

        Assert.Equal(["two"], lines);
    }

    [Theory]
    [InlineData("x\n")]
    [InlineData("{\"current_steps\": 1, \"loss\": 2.0}\n{\"current_steps\": 2}\n{\"current_steps\": 3}\n")]
    public void A_file_that_was_written_anew_is_read_from_its_begin(string content)
    {
        _folder.With("{\"current_steps\": 1, \"loss\": 1.0}\n");
        _ = Lines(_file);
        File.WriteAllText(_folder.Output, content);

        var lines = Lines(_file);

        Assert.Equal(content.TrimEnd('\n').Split('\n'), lines);
    }

    [Fact]
    public void A_line_beyond_all_measure_is_passed_over()
    {
        _folder.With("before\n").With(new byte[3 * FollowedFile.MaxLineBytes]);
        var before = Lines(_file);
        _folder.With(new byte[100]).With("\nafter\n");

        var after = Lines(_file);

        Assert.Equal(["before"], before);
        Assert.Equal(["after"], after);
    }

    [Fact]
    public void A_file_that_is_not_there_yet_has_no_lines()
    {
        var lines = Lines(_file);

        Assert.Empty(lines);
    }

    [Fact]
    public void A_pipe_that_nobody_writes_to_is_no_file()
    {
        using var make = Process.Start("mkfifo", [_folder.Output]);
        make.WaitForExit();

        var lines = Lines(_file);

        Assert.Empty(lines);
    }

    [Fact]
    public void A_folder_is_no_file()
    {
        Directory.CreateDirectory(_folder.Output);

        var lines = Lines(_file);

        Assert.Empty(lines);
    }

    private static List<string> Lines(FollowedFile file)
    {
        var lines = new List<string>();
        while (file.Read(line => lines.Add(Encoding.UTF8.GetString(line)), maxBytes: 1))
        {
        }
        return lines;
    }
}

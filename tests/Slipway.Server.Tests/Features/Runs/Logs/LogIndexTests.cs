using Slipway.Server.Features.Runs.Logs;

namespace Slipway.Server.Tests.Features.Runs.Logs;

/// <summary>The index is a help and never a truth.</summary>
public sealed class LogIndexTests : IDisposable
{
    private readonly OutputFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("gone")]
    [InlineData("empty")]
    [InlineData("short")]
    [InlineData("torn")]
    [InlineData("header")]
    [InlineData("middle")]
    [InlineData("last")]
    public void A_damaged_index_changes_no_line(string damage)
    {
        _folder.With(Numbered(5000)).Indexed();
        Damage(damage);

        var texts = _folder.Texts();

        Assert.Equal(Enumerable.Range(0, 5000).Select(Text), texts);
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("torn")]
    [InlineData("header")]
    [InlineData("middle")]
    [InlineData("last")]
    public void A_damaged_index_is_made_whole(string damage)
    {
        _folder.With(Numbered(5000)).Indexed();
        var whole = File.ReadAllBytes(_folder.Index);
        Damage(damage);

        _folder.Indexed();

        Assert.Equal(whole, File.ReadAllBytes(_folder.Index));
    }

    [Fact]
    public void An_index_of_another_output_is_not_believed()
    {
        _folder.With(Numbered(5000)).Indexed();
        File.WriteAllText(_folder.Output, Numbered(6000).Replace('0', 'x'));

        var texts = _folder.Texts();

        Assert.Equal(Enumerable.Range(0, 6000).Select(number => Text(number).Replace('0', 'x')), texts);
    }

    [Fact]
    public void Whoever_noted_less_than_the_index_knows_is_given_the_rest()
    {
        _folder.With(Numbered(2000));
        long noted;
        using (var first = LogIndexer.Open(_folder.Output))
        {
            noted = first.Position.Offset;
            first.Advance(sink: null, long.MaxValue, TestContext.Current.CancellationToken);
        }
        var sink = new Listener();

        using var second = LogIndexer.Open(_folder.Output, noted);
        second.Advance(sink, long.MaxValue, TestContext.Current.CancellationToken);

        Assert.Equal(Enumerable.Range(0, 2000).Select(Text), sink.Lines);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9000)]
    public void An_output_that_was_cut_is_read_anew(int lines)
    {
        _folder.With(Numbered(5000));
        using var indexer = LogIndexer.Open(_folder.Output);
        indexer.Advance(sink: null, long.MaxValue, TestContext.Current.CancellationToken);
        var anew = Enumerable.Range(0, lines).Select(number => $"another {number}").ToList();
        File.WriteAllText(_folder.Output, string.Concat(anew.Select(line => line + "\n")));

        indexer.Advance(sink: null, long.MaxValue, TestContext.Current.CancellationToken);

        Assert.Equal(lines, indexer.Position.Lines);
        Assert.Equal(anew, _folder.Texts());
    }

    [Fact]
    public void There_is_one_follower_at_a_time()
    {
        _folder.With("a\n");
        using var first = LogIndexer.Open(_folder.Output);

        Assert.Throws<IOException>(() => LogIndexer.Open(_folder.Output));
    }

    [Fact]
    public void An_output_that_does_not_exist_has_no_lines()
    {
        _folder.Indexed(isEnded: true);

        using var reader = _folder.Read();
        var page = reader.Page(0, OutputFolder.All);

        Assert.Empty(page.Lines);
        Assert.True(page.IsDone);
    }

    [Fact]
    public void A_link_in_place_of_the_output_is_not_followed()
    {
        File.WriteAllText(Path.Combine(_folder.Folder, "secret"), "secret\n");
        File.CreateSymbolicLink(_folder.Output, Path.Combine(_folder.Folder, "secret"));

        var texts = _folder.Texts(isEnded: true);

        Assert.Empty(texts);
    }

    [Fact]
    public void A_link_in_place_of_the_index_is_not_written_through()
    {
        var target = Path.Combine(_folder.Folder, "precious");
        File.WriteAllText(target, "precious");
        File.CreateSymbolicLink(_folder.Index, target);

        _folder.With("a\n").Indexed();

        Assert.Equal("precious", File.ReadAllText(target));
    }

    private static string Text(int number) => $"line {number}";

    private static string Numbered(int lines) => string.Concat(Enumerable.Range(0, lines).Select(number => $"{Text(number)}\n"));

    private void Damage(string damage)
    {
        var bytes = File.ReadAllBytes(_folder.Index);
        switch (damage)
        {
            case "gone":
                File.Delete(_folder.Index);
                return;
            case "empty":
                bytes = [];
                break;
            case "short":
                bytes = bytes[..8];
                break;
            case "torn":
                bytes = bytes[..^10];
                break;
            case "header":
                bytes[3] ^= 1;
                break;
            case "middle":
                bytes[bytes.Length / 2] ^= 0x10;
                break;
            default:
                bytes[^20] ^= 0x10;
                break;
        }
        File.WriteAllBytes(_folder.Index, bytes);
    }

    private sealed class Listener : ILineSink
    {
        public List<string> Lines { get; } = [];

        public void Line(ReadOnlySpan<byte> line) => Lines.Add(System.Text.Encoding.UTF8.GetString(line));

        public void Frame(ReadOnlySpan<byte> frame)
        {
        }
    }
}

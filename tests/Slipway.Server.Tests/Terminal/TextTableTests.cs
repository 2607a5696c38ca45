using Slipway.Terminal;

namespace Slipway.Server.Tests.Terminal;

public sealed class TextTableTests
{
    [Fact]
    public void Chinese_counts_two_cells_so_columns_stand_under_one_another()
    {
        var table = new TextTable(new("NAME"), new("RUNS", IsRight: true), new("OWNER"));
        table.Add("微调示例", "3", "alice");
        table.Add("demo", "12", "李雷");

        var lines = table.Lines(null).ToList();

        Assert.Equal(["NAME      RUNS  OWNER", "微调示例     3  alice", "demo        12  李雷"], lines);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(40)]
    [InlineData(20)]
    [InlineData(8)]
    [InlineData(1)]
    public void On_a_terminal_no_line_is_wider_than_it(int width)
    {
        var table = new TextTable(new("RUN"), new("NAME", 6), new("WHY", 8));
        table.Add("019a-1", "微调示例微调示例微调示例", "the process was ended by a signal: 9");
        table.Add("019a-22", "demo", "");

        var lines = table.Lines(width).ToList();

        Assert.All(lines, line => Assert.InRange(CellText.WidthOf(line), 0, width));
        Assert.Equal(3, lines.Count);
    }

    [Fact]
    public void Texts_are_cut_before_columns_go_and_ids_are_never_cut()
    {
        var table = new TextTable(new("ID"), new("TEXT", 4), new("LAST"));
        table.Add("0123456789", "abcdefghij", "end");

        Assert.Equal("0123456789  abcd…  end", table.Lines(23).Last());
        Assert.Equal("0123456789  abc…", table.Lines(18).Last());
        Assert.Equal("0123456789", table.Lines(12).Last());
    }

    [Fact]
    public void What_steers_a_terminal_is_shown_as_nothing()
    {
        var table = new TextTable(new TableColumn("NAME"));
        table.Add("a\e[31mb\nc\td");

        Assert.Equal("a [31mb c d", table.Lines(null).Last());
    }
}

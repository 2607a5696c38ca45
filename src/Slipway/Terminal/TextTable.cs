namespace Slipway.Terminal;

/// <summary>A column of a <see cref="TextTable"/>.</summary>
/// <param name="Title">In its first line.</param>
/// <param name="Least">How many cells it may be cut down to where the terminal is narrow; null is never cut.</param>
/// <param name="IsRight">Whether its texts end at one edge, as numbers do.</param>
internal sealed record TableColumn(string Title, int? Least = null, bool IsRight = false);

/// <summary>Rows in columns. On a terminal they fit its width: texts are cut first, then columns go, the last one first.</summary>
internal sealed class TextTable(params IReadOnlyList<TableColumn> columns)
{
    private const int Gap = 2;

    private readonly List<string[]> _rows = [];

    public void Add(params IReadOnlyList<string> cells) => _rows.Add([.. cells.Select(CellText.OneLine)]);

    /// <param name="width">Of the terminal; null where the lines go elsewhere, and everything is told.</param>
    public IEnumerable<string> Lines(int? width)
    {
        var widths = Widths(width);
        foreach (var row in _rows.Prepend([.. columns.Select(column => column.Title)]))
        {
            yield return string.Join(new string(' ', Gap), widths.Select((cells, place) => Cell(row[place], columns[place], cells))).TrimEnd();
        }
    }

    public void Write()
    {
        foreach (var line in Lines(Screen.Columns?.Invoke()))
        {
            Console.Out.WriteLine(line);
        }
    }

    private static string Cell(string text, TableColumn column, int cells)
    {
        var fitting = CellText.Fit(text, cells);
        return column.IsRight ? CellText.PadLeft(fitting, cells) : CellText.PadRight(fitting, cells);
    }

    private List<int> Widths(int? width)
    {
        var widths = columns.Select((column, place) =>
            _rows.Select(row => CellText.WidthOf(row[place])).Append(CellText.WidthOf(column.Title)).Max()).ToList();
        while (width is { } most && widths.Sum() + (Gap * (widths.Count - 1)) > most)
        {
            var widest = -1;
            for (var place = 0; place < widths.Count; place++)
            {
                if (columns[place].Least is { } least && widths[place] > least && (widest < 0 || widths[place] > widths[widest]))
                {
                    widest = place;
                }
            }
            if (widest >= 0)
            {
                widths[widest]--;
            }
            else if (widths.Count > 1)
            {
                widths.RemoveAt(widths.Count - 1);
            }
            else
            {
                widths[0] = Math.Max(1, most);
                break;
            }
        }
        return widths;
    }
}

namespace Slipway.Terminal;

/// <summary>Lines that stay, above one that is drawn anew in place. Where there is no terminal, that one is left out.</summary>
/// <param name="output">Where to.</param>
/// <param name="columns">Width of the terminal; null where there is none.</param>
internal sealed class LiveLine(TextWriter output, Func<int>? columns)
{
    private readonly Lock _gate = new(); // Signals speak from a thread of their own.
    private string _text = "";
    private int _drawn;

    /// <summary>Draws the last line; an empty text takes it away.</summary>
    public void Draw(string text)
    {
        if (columns is null)
        {
            return;
        }
        lock (_gate)
        {
            if (text != _text)
            {
                Clear();
                _text = text;
                Redraw();
            }
        }
    }

    /// <summary>A line above it.</summary>
    public void Say(string text)
    {
        lock (_gate)
        {
            Clear();
            output.WriteLine(text);
            Redraw();
        }
    }

    /// <summary>Takes the last line away and writes with <paramref name="write"/> in its place, to another stream too.</summary>
    public void Leave(Action write)
    {
        lock (_gate)
        {
            Clear();
            output.Flush();
            _text = "";
            write();
        }
    }

    private void Clear()
    {
        if (_drawn > 0)
        {
            output.Write($"\r{new string(' ', _drawn)}\r");
            _drawn = 0;
        }
    }

    private void Redraw()
    {
        if (columns is not null && _text.Length > 0)
        {
            var line = CellText.Fit(CellText.OneLine(_text), Math.Max(0, columns() - 1)); // A full line would wrap and scroll.
            output.Write($"\r{line}");
            _drawn = CellText.WidthOf(line);
        }
        output.Flush();
    }
}

namespace Slipway.Terminal;

/// <summary>Lines to standard error, above a bar while one is drawn there.</summary>
internal sealed class LinesAbove
{
    private volatile Action<string>? _bar;

    /// <summary>From any thread.</summary>
    public void Say(string text) => (_bar ?? Console.Error.WriteLine)(CellText.OneLine(text));

    /// <summary>Lets a bar write the lines from now on; null takes them from it.</summary>
    public void Divert(Action<string>? bar) => _bar = bar;
}

using Spectre.Console;

namespace Slipway.Terminal;

/// <summary>Shows how far a file has come: a bar with speed and time on a terminal, nothing where standard error goes to a file.</summary>
internal static class TransferBar
{
    /// <param name="title">What stands before the bar.</param>
    /// <param name="bytes">Of the whole file.</param>
    /// <param name="transfer">Reports how many are there; gets null where nothing is shown.</param>
    /// <param name="lines">What is said meanwhile stands above the bar; null says nothing.</param>
    public static async Task<T> RunAsync<T>(string title, long bytes, Func<IProgress<long>?, Task<T>> transfer, LinesAbove? lines = null)
    {
        if (Console.IsErrorRedirected)
        {
            return await transfer(null);
        }
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        var progress = console.Progress().AutoClear(true).Columns(
            new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(), new TransferSpeedColumn(),
            new RemainingTimeColumn());
        lines?.Divert(console.WriteLine);
        try
        {
            return await progress.StartAsync(context =>
            {
                var bar = context.AddTask(Markup.Escape(CellText.Fit(CellText.OneLine(title), 40)), maxValue: Math.Max(1, bytes));
                return transfer(new DirectProgress<long>(share => bar.Value = share));
            });
        }
        finally
        {
            lines?.Divert(null);
        }
    }
}

using Spectre.Console;

namespace Slipway.Terminal;

/// <summary>Shows how far a piece of work is: a bar on a terminal, nothing where standard error goes to a file.</summary>
internal static class ProgressBar
{
    /// <summary>Does work that computes on a thread of the pool.</summary>
    public static Task<T> RunAsync<T>(string title, Func<IProgress<double>?, T> work, CancellationToken cancellationToken) =>
        RunAsync(title, progress => Task.Run(() => work(progress), cancellationToken));

    /// <param name="title">What stands before the bar.</param>
    /// <param name="work">Reports shares from 0 to 1; gets null where nothing is shown.</param>
    public static async Task<T> RunAsync<T>(string title, Func<IProgress<double>?, Task<T>> work)
    {
        if (Console.IsErrorRedirected)
        {
            return await work(null);
        }
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress().AutoClear(true).StartAsync(async context =>
        {
            var bar = context.AddTask(Markup.Escape(title));
            var progress = new DirectProgress<double>(share => bar.Value = share * 100);
            return await work(progress);
        });
    }
}

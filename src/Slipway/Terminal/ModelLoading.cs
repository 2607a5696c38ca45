using Slipway.Engine;
using Spectre.Console;

namespace Slipway.Terminal;

/// <summary>Loads a model and shows how far it is: a bar on a terminal, nothing where standard error goes to a file.</summary>
internal static class ModelLoading
{
    public static async Task<LanguageModel> LoadAsync(string path, CancellationToken cancellationToken)
    {
        if (Console.IsErrorRedirected)
        {
            return await Task.Run(() => LanguageModel.Load(path, progress: null, cancellationToken), cancellationToken);
        }
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress().AutoClear(true).StartAsync(async context =>
        {
            var bar = context.AddTask(Markup.Escape(Path.GetFileName(path)));
            var progress = new DirectProgress(share => bar.Value = share * 100);
            return await Task.Run(() => LanguageModel.Load(path, progress, cancellationToken), cancellationToken);
        });
    }

    /// <summary>Reports on the loading thread: the standard one posts to the pool and may report after the end.</summary>
    private sealed class DirectProgress(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}

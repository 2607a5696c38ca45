using Slipway.Engine;

namespace Slipway.Terminal;

/// <summary>Loads a model and shows how far it is.</summary>
internal static class ModelLoading
{
    public static async Task<LanguageModel> LoadAsync(string path, CancellationToken cancellationToken)
    {
        var title = Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
        var model = await ProgressBar.RunAsync(title, progress => LanguageModel.Load(path, progress, cancellationToken), cancellationToken);
        foreach (var note in model.Notes)
        {
            await Console.Error.WriteLineAsync(note);
        }
        return model;
    }
}

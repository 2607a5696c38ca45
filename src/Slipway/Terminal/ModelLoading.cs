using Slipway.Engine;
using Slipway.Models;

namespace Slipway.Terminal;

/// <summary>Loads a model and shows how far it is. One that is named as a hub names it is pulled first, where it is not here.</summary>
internal static class ModelLoading
{
    public static async Task<LanguageModel> LoadAsync(string model, CancellationToken cancellationToken)
    {
        var path = await HubModels.FileOfAsync(model, tellsInLines: false, cancellationToken);
        var title = Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
        var loaded = await ProgressBar.RunAsync(title, progress => LanguageModel.Load(path, progress, cancellationToken), cancellationToken);
        foreach (var note in loaded.Notes)
        {
            await Console.Error.WriteLineAsync(note);
        }
        return loaded;
    }
}

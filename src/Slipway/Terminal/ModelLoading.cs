using Slipway.Engine;

namespace Slipway.Terminal;

/// <summary>Loads a model and shows how far it is.</summary>
internal static class ModelLoading
{
    public static Task<LanguageModel> LoadAsync(string path, CancellationToken cancellationToken) => ProgressBar.RunAsync(
        Path.GetFileName(path), progress => LanguageModel.Load(path, progress, cancellationToken), cancellationToken);
}

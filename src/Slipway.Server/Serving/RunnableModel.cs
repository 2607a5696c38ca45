using Slipway.Engine;
using Slipway.Engine.Formats;
using Slipway.Engine.Import;

namespace Slipway.Server.Serving;

/// <summary>Tells of a file or a folder what of it is loaded, and whether this program's own engine runs it, without loading it.</summary>
internal static class RunnableModel
{
    /// <summary>The GGUF file or the folder that is loaded where an absolute path is named; null where there is no model.</summary>
    public static string? FileOf(string path)
    {
        if (!Path.IsPathFullyQualified(path))
        {
            return null; // A hub's owner/name: in the folder where we were started it may look like a path.
        }
        var found = ModelPath.Resolve(path);
        return ModelPath.IsCheckpoint(found) || (IsGguf(found) && File.Exists(found)) ? found : null;
    }

    /// <summary>The GGUF file itself, or the first of a folder whatever lies beside it; null where there is none.</summary>
    public static string? GgufIn(string path) =>
        !Path.IsPathFullyQualified(path) ? null
        : IsGguf(path) && File.Exists(path) ? path
        : ModelPath.GgufFilesIn(path) is [var first, ..] ? first : null;

    /// <summary>Whether it is a whole model as Hugging Face and ModelScope lay them out.</summary>
    public static bool IsCheckpoint(string path) => Path.IsPathFullyQualified(path) && ModelPath.IsCheckpoint(path);

    /// <param name="path">A GGUF file, or a folder with <c>config.json</c>.</param>
    /// <returns>Why not, in words; null when it does.</returns>
    public static string? FaultOf(string path)
    {
        try
        {
            var architecture = ModelFacts.ReadArchitecture(path);
            return LanguageModel.Architectures.Contains(architecture) ? null
                : $"'{path}' has the architecture '{architecture}'; Slipway itself runs {string.Join(", ", LanguageModel.Architectures)}.";
        }
        catch (Exception exception) when (exception is ModelFormatException or IOException or UnauthorizedAccessException)
        {
            return $"'{path}' cannot be read: {exception.Message}";
        }
    }

    private static bool IsGguf(string path) => path.EndsWith(ModelPath.Gguf, StringComparison.OrdinalIgnoreCase);
}

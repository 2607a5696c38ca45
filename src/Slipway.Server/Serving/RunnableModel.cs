using Slipway.Engine;
using Slipway.Engine.Formats;
using Slipway.Engine.Import;

namespace Slipway.Server.Serving;

/// <summary>Tells of a file or a folder whether this program's own engine runs it, without loading it.</summary>
internal static class RunnableModel
{
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
}

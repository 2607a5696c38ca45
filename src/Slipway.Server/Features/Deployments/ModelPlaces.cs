using Slipway.Server.Features.Deployments.Engines;
using Slipway.Server.Platform.Files;

namespace Slipway.Server.Features.Deployments;

/// <summary>Where models are on this machine: what a deployment's <c>model_path</c> means.</summary>
internal sealed class ModelPlaces(EngineChoice engines, IOptions<DeploymentOptions> options)
{
    private const int LongestPath = 1024;

    /// <summary>Where relative paths begin.</summary>
    public string Folder { get; } = Path.GetFullPath(options.Value.ModelFolder ?? Directory.GetCurrentDirectory());

    /// <summary>The absolute path of a model that is here; a name for the engine where there is no such file or folder.</summary>
    public string Resolve(string modelPath) =>
        engines.BundledModel(modelPath) ?? (Path.IsPathRooted(modelPath) ? modelPath
        : InsideFolder.Find(Folder, modelPath) is { } path && Path.Exists(path) ? path
        : modelPath);

    /// <summary>What is wrong with a path as such; null when nothing is.</summary>
    public static string? FaultOf(string modelPath)
    {
        if (modelPath.Length is 0 or > LongestPath || modelPath.Any(char.IsControl) || modelPath.StartsWith('-'))
        {
            return $"model_path is '{modelPath}'; accepted is a path of 1 to {LongestPath} characters that does not begin with '-'.";
        }
        if (modelPath.Split('/', '\\').Contains(".."))
        {
            return $"model_path is '{modelPath}'; a path with '..' is not accepted. Give the whole path.";
        }
        return null;
    }

    /// <summary>Why no engine can have this model: a whole path leads to something or nowhere. Null when one may.</summary>
    public static string? AbsenceOf(string modelPath) =>
        Path.IsPathRooted(modelPath) && !Path.Exists(modelPath) ? $"There is no model at '{modelPath}'." : null;

    /// <summary>Why an engine cannot have this model; null when nothing is known against it.</summary>
    public string? AbsenceOf(string modelPath, IServingEngine engine)
    {
        if (Path.Exists(Resolve(modelPath)) || (engine.TakesHubNames && modelPath.Split('/') is [{ Length: > 0 }, { Length: > 0 }]))
        {
            return null;
        }
        return $"There is no model at '{modelPath}'"
            + (Path.IsPathRooted(modelPath) ? "." : $": it was looked for in '{Folder}'.")
            + (engine.TakesHubNames ? " A hub's model is named OWNER/NAME." : $" The engine {engine.Name} fetches none itself.");
    }

    /// <summary>What clients will call a model that nobody named: the last part of its path, without the ending.</summary>
    public static string NameOf(string modelPath)
    {
        var name = Path.GetFileName(modelPath.TrimEnd('/'));
        return name.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) ? name[..^".gguf".Length] : name;
    }
}

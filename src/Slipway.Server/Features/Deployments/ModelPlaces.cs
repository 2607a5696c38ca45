using Slipway.Server.Features.Deployments.Engines;
using Slipway.Server.Platform.Files;
using Slipway.Server.Platform.Hub;
using Slipway.Server.Serving;

namespace Slipway.Server.Features.Deployments;

/// <summary>Where models are on this machine: what a deployment's <c>model_path</c> means.</summary>
internal sealed class ModelPlaces(EngineChoice engines, HubShelf hub, IOptions<DeploymentOptions> options)
{
    private const int LongestPath = 1024;

    /// <summary>Where relative paths begin.</summary>
    public string Folder { get; } = Path.GetFullPath(options.Value.ModelFolder ?? Directory.GetCurrentDirectory());

    /// <summary>The absolute path of a model that is here; a name for the engine where there is no such file or folder.</summary>
    public string Resolve(string modelPath) =>
        engines.BundledModel(modelPath) ?? FindHere(modelPath) ?? modelPath;

    /// <summary>The absolute path of what a relative one names; null for any other, and where there is no such file or folder.</summary>
    public string? FindHere(string modelPath) =>
        // The bundled model is where this version has it, and the next one may have another.
        !Path.IsPathRooted(modelPath) && engines.BundledModel(modelPath) is null && InsideFolder.Find(Folder, modelPath) is { } path && Path.Exists(path)
            ? path
            : null;

    /// <summary>Where a hub's model was pulled to; null for what is no such name, lies here by that path, or was not pulled.</summary>
    public string? FindPulled(string modelPath) => Path.IsPathRooted(Resolve(modelPath)) ? null : hub.PathOf(modelPath);

    /// <summary>
    /// Whether an engine is given what was pulled, not the name: those that fetch models themselves do better with the name than with a
    /// GGUF file, which wants a tokenizer beside it.
    /// </summary>
    public static bool IsFor(IServingEngine engine, string pulled) => !engine.TakesHubNames || RunnableModel.IsCheckpoint(pulled);

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
        if (Path.Exists(Resolve(modelPath)) || (engine.TakesHubNames && HubName.TryParse(modelPath) is { Selector: null, Revision: null }))
        {
            return null;
        }
        return $"There is no model at '{modelPath}'"
            + (Path.IsPathRooted(modelPath) ? "." : $": it was looked for in '{Folder}'.")
            + (engine.TakesHubNames ? " A hub's model is named OWNER/NAME." : $" The engine {engine.Name} fetches none itself.")
            + EngineChoice.RemedyOf(modelPath);
    }

    /// <summary>What clients will call a model that nobody named: the last part of its path, without the ending; of a hub's its name.</summary>
    public static string NameOf(string modelPath)
    {
        if (HubName.TryParse(modelPath) is { } known)
        {
            return known.Name;
        }
        var name = Path.GetFileName(modelPath.TrimEnd('/'));
        return name.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) ? name[..^".gguf".Length] : name;
    }
}

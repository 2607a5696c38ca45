using Slipway.Server.Platform.Devices;
using Slipway.Server.Platform.Hub;
using Slipway.Server.Serving;

namespace Slipway.Server.Features.Deployments.Engines;

/// <summary>
/// The engines by name, and which one <c>auto</c> is: vLLM where it is installed and a GPU was seen, for a folder as Hugging Face's
/// programs write them and for a hub's name; else Slipway itself where it runs the architecture, and llama-server for other GGUF files.
/// GGUF is nothing for vLLM by itself: it takes a few architectures of it, and wants to be told of a tokenizer.
/// </summary>
internal sealed class EngineChoice(IEnumerable<IServingEngine> engines, DeviceSurvey devices, IOptions<EngineOptions> options)
{
    public const string Auto = "auto";

    private const string Accepted = "a GGUF file, a folder with one, and a folder with config.json and safetensors";

    private readonly IServingEngine[] _engines = [.. engines];

    /// <summary>What clients may write.</summary>
    public IEnumerable<string> Names => _engines.Select(engine => engine.Name).Prepend(Auto);

    /// <summary>The engine of exactly that name; null when there is none.</summary>
    public IServingEngine? Find(string name) => Array.Find(_engines, engine => engine.Name == name);

    /// <summary>The bundled model's file for its name, <c>slipway-tiny</c>; null for every other name, and where this build has none.</summary>
    public string? BundledModel(string name) =>
        options.Value.BundledModel is { Length: > 0 } file && Path.GetFileName(Path.GetDirectoryName(file)) == name && File.Exists(file)
            ? file
            : null;

    /// <param name="wanted">A name, or <c>auto</c>.</param>
    /// <param name="model">An absolute path, the bundled model's name, or what a hub calls one that is not here.</param>
    /// <returns>The engine; or none, and why, with what would be accepted.</returns>
    public (IServingEngine? Engine, string Refusal) Choose(string wanted, string model)
    {
        if (wanted == Auto)
        {
            return Choose(BundledModel(model) ?? model);
        }
        if (Find(wanted) is not { } engine)
        {
            return (null, $"engine is '{ArgumentRules.Shorten(wanted)}'; accepted are {string.Join(", ", Names)}.");
        }
        return (engine.Absence() ?? FaultOf(engine, BundledModel(model) ?? model)) is { } fault ? (null, fault) : (engine, "");
    }

    /// <summary>The sentence that tells how a hub's model comes here; empty for what is no hub's name.</summary>
    public static string RemedyOf(string model) =>
        HubName.TryParse(model) is not null ? $" 'slipway pull {model}' on this machine brings it from a hub." : "";

    /// <summary>Told now what the engine would say after its start, of those that ask no hub.</summary>
    private static string? FaultOf(IServingEngine engine, string model)
    {
        if (engine.TakesHubNames)
        {
            return null;
        }
        if (engine is SlipwayEngine)
        {
            return RunnableModel.FileOf(model) is { } file ? RunnableModel.FaultOf(file)
                : $"The engine {engine.Name} takes {Accepted}; '{model}' is none of them.{RemedyOf(model)}";
        }
        return RunnableModel.GgufIn(model) is not null ? null
            : $"The engine {engine.Name} takes a GGUF file, or a folder with one; '{model}' is neither.{RemedyOf(model)}";
    }

    private (IServingEngine? Engine, string Refusal) Choose(string model)
    {
        if (RunnableModel.FileOf(model) is not { } file)
        {
            return Path.IsPathFullyQualified(model)
                ? (null, $"'{model}' is {(Path.Exists(model) ? "no model that an engine takes" : "not on this machine")}; accepted are {Accepted}.")
                : ForHubName(model);
        }
        var isCheckpoint = RunnableModel.IsCheckpoint(file);
        if (isCheckpoint && HasGpus && Find("vllm") is { } vllm && vllm.Absence() is null)
        {
            return (vllm, "");
        }
        return RunnableModel.FaultOf(file) is not { } fault ? (Find("slipway"), "")
            : !isCheckpoint ? Installed("llama-server", fault)
            : HasGpus ? Installed("vllm", fault)
            : (null, $"{fault} And no GPU was seen for vLLM. Deploy it as GGUF, or name an engine.");
    }

    /// <summary>One that was not pulled: vLLM fetches it itself.</summary>
    private (IServingEngine? Engine, string Refusal) ForHubName(string model)
    {
        var absent = $"'{model}' is not on this machine, so that it is nothing for Slipway itself.{RemedyOf(model)}";
        return HasGpus ? Installed("vllm", absent) : (null, $"{absent} No GPU was seen for vLLM, which would fetch it.");
    }

    private bool HasGpus => devices.Sighting.Gpus.Count > 0;

    private (IServingEngine? Engine, string Refusal) Installed(string name, string otherwise)
    {
        var engine = Find(name);
        return engine?.Absence() is { } absence ? (null, $"{otherwise} {absence}") : (engine, "");
    }
}

using Slipway.Server.Platform.Devices;
using Slipway.Server.Serving;

namespace Slipway.Server.Features.Deployments.Engines;

/// <summary>
/// The engines by name, and which one <c>auto</c> is: vLLM where it is installed and a GPU was seen, for a folder as Hugging Face's
/// programs write them and for a hub's name; for a GGUF file Slipway itself where it runs the architecture, else llama-server.
/// GGUF is nothing for vLLM by itself: it takes a few architectures of it, and wants to be told of a tokenizer.
/// </summary>
internal sealed class EngineChoice(IEnumerable<IServingEngine> engines, DeviceSurvey devices, IOptions<EngineOptions> options)
{
    public const string Auto = "auto";

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
    /// <param name="model">An absolute path, the bundled model's name, or what a hub calls it.</param>
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

    /// <summary>Told now what the engine would say after its start: those that ask no hub load GGUF files and nothing else.</summary>
    private static string? FaultOf(IServingEngine engine, string model)
    {
        if (engine.TakesHubNames || ModelWeights.GgufIn(model) is not { } gguf)
        {
            return engine.TakesHubNames ? null : $"The engine {engine.Name} takes a GGUF file, or a folder with one; '{model}' is neither.";
        }
        return engine is SlipwayEngine ? RunnableModel.FaultOf(gguf) : null;
    }

    private (IServingEngine? Engine, string Refusal) Choose(string model)
    {
        if (ModelWeights.GgufIn(model) is { } gguf)
        {
            return RunnableModel.FaultOf(gguf) is not { } fault ? (Find("slipway"), "") : Installed("llama-server", fault);
        }
        if (Path.IsPathFullyQualified(model) && !ModelWeights.IsCheckpoint(model))
        {
            var fault = Path.Exists(model) ? "no model that an engine takes" : "not on this machine";
            return (null, $"'{model}' is {fault}; accepted are a GGUF file, a folder with one, "
                + "and a folder with config.json and safetensors.");
        }
        var notOurs = $"'{model}' is nothing for Slipway itself, which takes GGUF files";
        return devices.Sighting.Gpus.Count > 0
            ? Installed("vllm", notOurs + ".")
            : (null, notOurs + ", and no GPU was seen for vLLM. Deploy it as GGUF, or name an engine.");
    }

    private (IServingEngine? Engine, string Refusal) Installed(string name, string otherwise)
    {
        var engine = Find(name);
        return engine?.Absence() is { } absence ? (null, $"{otherwise} {absence}") : (engine, "");
    }
}

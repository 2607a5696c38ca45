using System.ComponentModel.DataAnnotations;

namespace Slipway.Server.Features.Deployments.Engines;

/// <summary>Where the serving engines are: <c>Deployments:Engines</c> in the configuration. Null is what the PATH has.</summary>
internal sealed class EngineOptions
{
    /// <summary>vLLM's program, a name on the PATH or a path.</summary>
    [ConfigurationKeyName("vllm"), MinLength(1)]
    public string? Vllm { get; init; }

    /// <summary>What starts SGLang's server, program and arguments; null is the Python of the PATH that has the module.</summary>
    [ConfigurationKeyName("sglang"), MinLength(1)]
    public string[]? Sglang { get; init; }

    /// <summary>llama.cpp's server, a name on the PATH or a path.</summary>
    [ConfigurationKeyName("llama-server"), MinLength(1)]
    public string? LlamaServer { get; init; }

    /// <summary>The <c>slipway</c> that serves, program and arguments; null is this one.</summary>
    [ConfigurationKeyName("slipway"), MinLength(1)]
    public string[]? Slipway { get; init; }

    /// <summary>The file of the model that this build carries; null: it carries none.</summary>
    public string? BundledModel { get; init; }
}

[OptionsValidator]
internal sealed partial class EngineOptionsValidator : IValidateOptions<EngineOptions>;

using System.IO.Enumeration;

namespace Slipway.Server.Features.Deployments.Engines;

/// <summary>Variables by which a user's environment would do what <see cref="IServingEngine.FaultOf"/> keeps out of the arguments.</summary>
internal static class EngineVariables
{
    private static readonly (string Pattern, string Why)[] Refused =
    [
        ("CUDA_VISIBLE_DEVICES", "GPUs are given out by the server; use preferred_gpu"),
        ("CUDA_DEVICE_ORDER", "GPUs are counted as the driver does"),
        ("VLLM_API_KEY", "keys are asked for by the gateway"),
        ("VLLM_SERVER_DEV_MODE", "it opens endpoints that run code"),
        ("LLAMA_API_KEY", "keys are asked for by the gateway"),
        ("LLAMA_ARG_*", "it is an argument in disguise; use extra_args"),
        ("SLIPWAY_*", "it is the server's own"),
        ("ASPNETCORE_*", "it is the server's own"),
        ("TRAINING_DB_URL", "it is the server's own"),
        ("*__*", "it is a setting of a Slipway; use extra_args"),
    ];

    /// <summary>The first that is not accepted, and why, in words; null when all are.</summary>
    public static string? FaultOf(IEnumerable<string> names) => names
        .SelectMany(name => Refused.Where(rule => FileSystemName.MatchesSimpleExpression(rule.Pattern, name, ignoreCase: true))
            .Select(rule => $"The variable '{ArgumentRules.Shorten(name)}' is not accepted: {rule.Why}."))
        .FirstOrDefault();
}

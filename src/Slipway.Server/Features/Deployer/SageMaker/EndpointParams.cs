using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Server.Features.Deployments.Engines;
using Slipway.Server.Processes;

namespace Slipway.Server.Features.Deployer.SageMaker;

/// <summary>What <c>extra_params</c> may say of an endpoint. The names are EMD's; what is not one of its groups is for somebody else, and passes.</summary>
internal sealed partial record EndpointParams
{
    public const string S3Pattern = @"\As3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9!_.*'()-]{1,255}){0,16}/?\z";

    private const int MostInstances = 100;

    private static readonly Dictionary<string, string[]> Groups = new()
    {
        ["service_params"] = ["min_capacity", "max_capacity", "auto_scaling_target_value", "max_concurrent_invocations"],
        ["model_params"] = ["model_files_s3_path"],
        ["engine_params"] = ["cli_args"],
    };

    /// <summary>Instances; 0 for an asynchronous endpoint that may sleep.</summary>
    public int MinCapacity { get; private init; } = 1;

    /// <summary>Instances; above <see cref="MinCapacity"/> the endpoint scales.</summary>
    public int MaxCapacity { get; private init; } = 1;

    /// <summary>Calls a minute and instance, or waiting calls an instance of an asynchronous endpoint: more than these, and it grows.</summary>
    public double ScalingTarget { get; private init; } = 10;

    /// <summary>How many calls an instance of an asynchronous endpoint works at.</summary>
    public int Concurrency { get; private init; } = 1;

    /// <summary>A folder in S3 with the weights, ending in <c>/</c>; null: the hub.</summary>
    public string? WeightsUri { get; private init; }

    /// <summary>Arguments of the engine, as a shell would write them.</summary>
    public IReadOnlyList<string> Arguments { get; private init; } = [];

    /// <returns>Null, and what is wrong with what would be accepted, where something is.</returns>
    public static (EndpointParams? Params, string? Fault) Read(JsonObject extra, bool isAsync)
    {
        foreach (var (group, known) in Groups)
        {
            if (extra[group] is { } node && FaultOf(node, group, known) is { } fault)
            {
                return (null, fault);
            }
        }
        try
        {
            var made = new EndpointParams
            {
                MinCapacity = (int)Number(extra, "min_capacity", 1, isAsync ? 0 : 1, MostInstances, isWhole: true),
                ScalingTarget = Number(extra, "auto_scaling_target_value", 10, 0.1, 1_000_000, isWhole: false),
                Concurrency = (int)Number(extra, "max_concurrent_invocations", 1, 1, 1000, isWhole: true),
                WeightsUri = Weights(extra),
                Arguments = Words(extra),
            };
            var least = Math.Max(made.MinCapacity, 1);
            return (made with { MaxCapacity = (int)Number(extra, "max_capacity", least, least, MostInstances, isWhole: true) }, null);
        }
        catch (FormatException exception)
        {
            return (null, exception.Message);
        }
    }

    private static string? FaultOf(JsonNode node, string group, string[] known) =>
        node is not JsonObject map ? $"extra_params.{group} is no object; accepted is one with {string.Join(", ", known)}."
        : map.FirstOrDefault(pair => !known.Contains(pair.Key)).Key is { } unknown
            ? $"extra_params.{group}.{ArgumentRules.Shorten(unknown)} means nothing here; accepted: {string.Join(", ", known)}."
        : null;

    private static double Number(JsonObject extra, string name, double usual, double least, double most, bool isWhole)
    {
        if (extra["service_params"]?[name] is not { } node)
        {
            return usual;
        }
        return double.TryParse(node is JsonValue ? node.ToString() : "", NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && number >= least && number <= most && (!isWhole || double.IsInteger(number))
            ? number
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture,
                $"extra_params.service_params.{name} is {ArgumentRules.Shorten(node.ToJsonString())}; accepted is a {(isWhole ? "whole " : "")}number from {least} to {most}."));
    }

    private static string? Weights(JsonObject extra)
    {
        if (extra["model_params"]?["model_files_s3_path"] is not { } node)
        {
            return null;
        }
        var text = node is JsonValue ? node.ToString() : "";
        return S3().IsMatch(text) && !text.Contains("..", StringComparison.Ordinal)
            ? text.TrimEnd('/') + "/"
            : throw new FormatException(
                $"extra_params.model_params.model_files_s3_path is {ArgumentRules.Shorten(node.ToJsonString())}; accepted is a folder such as s3://bucket/models/qwen3-8b/.");
    }

    private static IReadOnlyList<string> Words(JsonObject extra)
    {
        if (extra["engine_params"]?["cli_args"] is not { } node)
        {
            return [];
        }
        if (node is not JsonValue value || !value.TryGetValue<string>(out var line))
        {
            throw new FormatException("extra_params.engine_params.cli_args is no text; accepted are arguments as a shell would write them.");
        }
        var (words, fault) = ExtraArguments.Split(line);
        return fault is null ? words : throw new FormatException(fault);
    }

    [GeneratedRegex(S3Pattern)]
    private static partial Regex S3();
}

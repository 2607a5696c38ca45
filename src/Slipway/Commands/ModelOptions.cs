using System.CommandLine;
using System.Globalization;
using System.Numerics;
using Slipway.Engine.Cache;

namespace Slipway.Commands;

/// <summary>Options that several commands share, worded once.</summary>
internal static class ModelOptions
{
    public static Option<string> Model() => new("--model", "-m")
    {
        Description = "A GGUF file (of a split one, its first part), a Hugging Face or ModelScope folder, or OWNER/NAME[:FORMAT] of a hub, pulled once.",
        Required = true,
        HelpName = "FILE",
    };

    /// <summary>For commands that use the bundled model where none is named (<see cref="Models.BundledModel"/>).</summary>
    public static Option<string?> ModelOrBundled() => new("--model", "-m")
    {
        Description = "A GGUF file (of a split one, its first part), a Hugging Face or ModelScope folder, or OWNER/NAME[:FORMAT] of a hub, pulled once. Default: the bundled model.",
        HelpName = "FILE",
    };

    public static Option<int> Threads() => new Option<int>("--threads", "-t")
    {
        Description = "Threads that compute.",
        DefaultValueFactory = _ => Environment.ProcessorCount,
        HelpName = "N",
    }.Between(1, 1024);

    /// <summary>Null where it is not given.</summary>
    public static Option<KvFormat?> KvType()
    {
        var names = string.Join(" or ", KvFormatNames.All);
        var option = new Option<KvFormat?>("--kv-type")
        {
            Description = $"How keys and values are kept: {names}, which takes about half the memory. Default {KvFormatNames.All[0]}.",
            HelpName = "TYPE",
            CustomParser = result =>
            {
                if (KvFormatNames.Find(result.Tokens[^1].Value) is { } format)
                {
                    return format;
                }
                result.AddError($"--kv-type is '{result.Tokens[^1].Value}'; accepted is {names}.");
                return null;
            },
        };
        option.CompletionSources.Add([.. KvFormatNames.All]);
        return option;
    }

    /// <summary>From 0, the most probable token always, to 100.</summary>
    public static Option<float> Temperature() => new Option<float>("--temperature")
    {
        Description = "0 always takes the most probable token.",
        DefaultValueFactory = _ => 0.7f,
        HelpName = "X",
    }.Between(0, 100);

    /// <summary>Refuses values outside of low to high, naming both.</summary>
    public static Option<T> Between<T>(this Option<T> option, T low, T high)
        where T : INumber<T>
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1
                && T.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var value) && !(value >= low && value <= high))
            {
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option.Name} is {value}; accepted is {low} to {high}."));
            }
        });
        return option;
    }
}

using System.CommandLine;

namespace Slipway.Commands;

/// <summary>Options that several commands share, worded once.</summary>
internal static class ModelOptions
{
    public static Option<string> Model() => new("--model", "-m")
    {
        Description = "A GGUF file; of a split one, its first part.",
        Required = true,
        HelpName = "FILE",
    };

    /// <summary>For commands that use the bundled model where none is named (<see cref="Models.BundledModel"/>).</summary>
    public static Option<string?> ModelOrBundled() => new("--model", "-m")
    {
        Description = "A GGUF file; of a split one, its first part. Default: the bundled model.",
        HelpName = "FILE",
    };

    public static Option<int> Threads() => new Option<int>("--threads", "-t")
    {
        Description = "Threads that compute.",
        DefaultValueFactory = _ => Environment.ProcessorCount,
        HelpName = "N",
    }.Between(1, 1024);

    /// <summary>Refuses values outside of low to high, naming both.</summary>
    public static Option<int> Between(this Option<int> option, int low, int high)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var value) && (value < low || value > high))
            {
                result.AddError($"{option.Name} is {value}; accepted is {low} to {high}.");
            }
        });
        return option;
    }
}

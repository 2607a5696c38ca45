using Slipway.Commands;

namespace Slipway.Models;

/// <summary>The model that Slipway carries, used where none is named. It lies beside the program.</summary>
internal static class BundledModel
{
    /// <summary>What it is called where a name is asked for.</summary>
    public const string Name = "slipway-tiny";

    /// <summary>Where it is when it is there.</summary>
    public static string Path { get; } = In(AppContext.BaseDirectory);

    /// <summary>Where it is under a program's folder.</summary>
    public static string In(string folder) => System.IO.Path.Combine(folder, "models", Name, $"{Name}-q8_0.gguf");

    /// <summary>The named model, or this one.</summary>
    /// <exception cref="CommandException">None is named, and this build came without one.</exception>
    public static string Or(string? named) => Or(named, Path);

    internal static string Or(string? named, string bundled) => named switch
    {
        not null => named,
        null when File.Exists(bundled) => bundled,
        _ => throw new CommandException($"No model is named, and the bundled one is not at '{bundled}'; name one with --model FILE."),
    };
}

using System.Reflection;

namespace Slipway.Server.Features.Runs;

/// <summary>How this very program is started once more, as a trainer.</summary>
internal static class BuiltinProgram
{
    public static IReadOnlyList<string> Of(TrainingOptions options)
    {
        if (options.BuiltinProgram is { Length: > 0 } configured)
        {
            return configured;
        }
        var process = Environment.ProcessPath ?? "slipway";
        // Started as "dotnet slipway.dll", the process is the host, not the program.
        return Path.GetFileNameWithoutExtension(process) is "dotnet" && Assembly.GetEntryAssembly()?.Location is { Length: > 0 } assembly
            ? [process, assembly]
            : [process];
    }
}

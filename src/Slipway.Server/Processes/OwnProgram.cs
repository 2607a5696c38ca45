using System.Reflection;

namespace Slipway.Server.Processes;

/// <summary>How this very program is started once more, as a trainer or as a server of another model.</summary>
internal static class OwnProgram
{
    /// <param name="configured">Program and arguments that are to be taken for it; null or empty: none is named.</param>
    /// <returns>Program and arguments, before the verb.</returns>
    public static IReadOnlyList<string> Of(string[]? configured)
    {
        if (configured is { Length: > 0 })
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

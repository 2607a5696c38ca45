using System.Reflection;

namespace Slipway.Server.Features.Runs.Executors;

/// <summary>The shell scripts that lie beside the executors in the source.</summary>
internal static class ExecutorScripts
{
    /// <summary>The scripts of these names, one after the other: the earlier ones hold functions.</summary>
    public static string Read(params ReadOnlySpan<string> names)
    {
        var text = new System.Text.StringBuilder();
        foreach (var name in names)
        {
            using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream($"executors/{name}")
                ?? throw new InvalidOperationException($"The script {name} was not built in."));
            text.Append(reader.ReadToEnd());
        }
        return text.ToString();
    }
}

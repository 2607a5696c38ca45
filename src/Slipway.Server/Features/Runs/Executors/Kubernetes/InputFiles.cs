namespace Slipway.Server.Features.Runs.Executors.Kubernetes;

/// <param name="Path">Below the attempt's folder, with '/'.</param>
/// <param name="Source">On this host.</param>
/// <param name="Bytes">Its length.</param>
internal sealed record InputFile(string Path, string Source, long Bytes);

/// <summary>What of the attempt's folder the process gets to see.</summary>
internal static class InputFiles
{
    /// <summary>The configuration and everything below the data folder. Links to files are followed: the server has made them.</summary>
    public static IReadOnlyList<InputFile> Of(Launch launch)
    {
        var config = System.IO.Path.Combine(launch.Folder, Launch.ConfigName);
        var data = System.IO.Path.Combine(launch.Folder, Launch.DataName);
        var sources = Directory.Exists(data)
            ? Directory.EnumerateFiles(data, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            : [];
        return
        [
            .. sources.Order(StringComparer.Ordinal).Concat(File.Exists(config) ? [config] : []).Select(source => Input(launch, source)),
        ];
    }

    private static InputFile Input(Launch launch, string source)
    {
        // A link's own length is that of its target's name.
        using var file = File.OpenHandle(source);
        return new InputFile(System.IO.Path.GetRelativePath(launch.Folder, source), source, RandomAccess.GetLength(file));
    }
}

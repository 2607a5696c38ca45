using System.Text.RegularExpressions;

namespace Slipway.Server.Features.Deployments.Engines;

/// <summary>A model's files on this machine, by absolute paths. What is not there, or cannot be read, is as if empty.</summary>
internal static partial class ModelWeights
{
    private const int MostFiles = 4096;

    private static readonly string[] Endings = [".safetensors", ".gguf", ".bin", ".pt", ".pth"];
    private static readonly EnumerationOptions Gently = new() { IgnoreInaccessible = true };

    /// <summary>Bytes of the weights: of a file with all its parts, or of all weight files in a folder.</summary>
    public static long BytesOf(string path)
    {
        if (!IsFile(path))
        {
            return FilesIn(path).Where(file => Endings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)).Sum(LengthOf);
        }
        return Part().Match(Path.GetFileName(path)) is { Success: true } part
            ? FilesIn(Path.GetDirectoryName(path)!)
                .Where(file => Part().Match(Path.GetFileName(file)) is { Success: true } other
                    && other.Groups["name"].Value == part.Groups["name"].Value && other.Groups["of"].Value == part.Groups["of"].Value)
                .Sum(LengthOf)
            : LengthOf(path);
    }

    // A hub's owner/name is no path: in the folder where we were started it may look like one.
    private static bool IsFile(string path) => Path.IsPathFullyQualified(path) && File.Exists(path);

    private static IEnumerable<string> FilesIn(string folder)
    {
        try
        {
            return Path.IsPathFullyQualified(folder) && Directory.Exists(folder)
                ? [.. Directory.EnumerateFiles(folder, "*", Gently).Take(MostFiles)]
                : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static long LengthOf(string file)
    {
        try
        {
            // Hubs' caches are links to the files.
            var info = new FileInfo(file);
            return info.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target ? target.Length : info.Length;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    [GeneratedRegex(@"^(?<name>.+)-\d{5}-of-(?<of>\d{5})\.gguf$", RegexOptions.IgnoreCase)]
    private static partial Regex Part();
}

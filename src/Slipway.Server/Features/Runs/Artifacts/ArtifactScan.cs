using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Slipway.Server.Platform.Files;

namespace Slipway.Server.Features.Runs.Artifacts;

/// <summary>A file in an output folder.</summary>
/// <param name="Name">Its path there, with slashes.</param>
/// <param name="Bytes">How large it is.</param>
/// <param name="ChangedAt">When it was last written.</param>
internal sealed record FoundFile(string Name, long Bytes, DateTimeOffset ChangedAt);

/// <param name="Files">By name.</param>
/// <param name="IsAll">Whether there were no more than are listed.</param>
internal sealed record FoundFiles(IReadOnlyList<FoundFile> Files, bool IsAll);

/// <summary>Finds what a run has made. Links are left out, wherever they point: only what lies in the folder is the run's own.</summary>
internal static class ArtifactScan
{
    /// <summary>More files than these are not listed: a run that makes a million has no use for a list of them.</summary>
    public const int MostFiles = 20_000;

    /// <summary>Names that are looked at, before those are counted that cannot be artifacts.</summary>
    private const int MostNames = 200_000;

    private const int LongestName = 1024;

    /// <summary>By this a training keeps others out of its folder; it is nothing that was made.</summary>
    private const string Lock = ".lock";

    private static readonly EnumerationOptions Everything = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = true,
        AttributesToSkip = FileAttributes.ReparsePoint,
        MaxRecursionDepth = 32,
    };

    /// <param name="root">Holds all runs; the server's own, and no link.</param>
    /// <param name="output">The path of the output folder in there. It may be anything by now.</param>
    public static FoundFiles Of(string root, string output)
    {
        var folder = new DirectoryInfo(Path.Combine(root, output));
        if (!folder.Exists || folder.LinkTarget is not null)
        {
            return new FoundFiles([], IsAll: true);
        }
        var (names, files) = (0, new List<FoundFile>());
        try
        {
            foreach (var path in Directory.EnumerateFiles(folder.FullName, "*", Everything))
            {
                if (++names > MostNames || files.Count == MostFiles)
                {
                    return new FoundFiles(Sorted(files), IsAll: false);
                }
                if (Describe(root, output, Path.GetRelativePath(folder.FullName, path).Replace(Path.DirectorySeparatorChar, '/')) is { } file)
                {
                    files.Add(file);
                }
            }
        }
        catch (IOException)
        {
            // The folder went away while it was looked at.
        }
        return new FoundFiles(Sorted(files), IsAll: true);
    }

    /// <summary>The same for the same file: an artifact keeps its address while the run still writes, and after a restart.</summary>
    public static string IdOf(string runId, long attempt, string name)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{runId}\n{attempt}\n{name}")));
        return new Guid(hash.AsSpan(0, 16)).ToString();
    }

    public static string KindOf(string name)
    {
        var file = Path.GetFileName(name);
        var ending = Path.GetExtension(name).ToLowerInvariant();
        return name.StartsWith("checkpoint-", StringComparison.Ordinal) || name.Contains("/checkpoint-", StringComparison.Ordinal) ? "checkpoint"
            : file.StartsWith("adapter_", StringComparison.Ordinal) ? "adapter"
            : ending is ".gguf" or ".safetensors" || file is "pytorch_model.bin" ? "model"
            : file is "tokenizer.json" or "tokenizer_config.json" or "vocab.json" or "merges.txt" or "special_tokens_map.json" or "tokenizer.model" ? "tokenizer"
            : file is "trainer_log.jsonl" or "trainer_state.json" || file.EndsWith("_results.json", StringComparison.Ordinal) ? "metrics"
            : ending is ".log" ? "log"
            : ending is ".svg" or ".png" ? "chart"
            : ending is ".json" or ".yaml" or ".yml" or ".jinja" ? "config"
            : "file";
    }

    private static List<FoundFile> Sorted(List<FoundFile> files) => [.. files.OrderBy(file => file.Name, StringComparer.Ordinal)];

    /// <summary>Null for what has no content to keep, pipes and sockets, for what is gone, and for what a link leads to.</summary>
    private static FoundFile? Describe(string root, string output, string name)
    {
        if (name.Length > LongestName || name == Lock || name.Any(char.IsControl))
        {
            return null;
        }
        using var handle = PlainFile.TryOpenInside(root, $"{output}/{name}");
        return handle is null ? null : new FoundFile(name, RandomAccess.GetLength(handle), File.GetLastWriteTimeUtc(handle));
    }
}

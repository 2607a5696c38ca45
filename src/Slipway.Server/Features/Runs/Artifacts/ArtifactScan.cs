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

/// <summary>Finds what a run has made. Links are left out, wherever they point: only what lies in the folder is the run's own.</summary>
internal static class ArtifactScan
{
    /// <summary>More files than these are not listed: a run that makes a million has no use for a list of them.</summary>
    public const int MostFiles = 20_000;

    private const int LongestName = 1024;

    private static readonly EnumerationOptions Everything = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = true,
        AttributesToSkip = FileAttributes.ReparsePoint,
        MaxRecursionDepth = 32,
    };

    public static IReadOnlyList<FoundFile> Of(string output) => !Directory.Exists(output) ? []
        : [.. new DirectoryInfo(output).EnumerateFiles("*", Everything)
            .Select(file => Describe(output, file)).OfType<FoundFile>()
            .Take(MostFiles).OrderBy(file => file.Name, StringComparer.Ordinal)];

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

    private static FoundFile? Describe(string output, FileInfo file)
    {
        try
        {
            var name = Path.GetRelativePath(output, file.FullName).Replace(Path.DirectorySeparatorChar, '/');
            // Pipes and sockets have no content to keep.
            using var handle = PlainFile.TryOpen(file.FullName);
            return handle is null || name.Length > LongestName || name.Any(char.IsControl) ? null : new FoundFile(name, file.Length, file.LastWriteTimeUtc);
        }
        catch (IOException)
        {
            return null; // Gone while it was looked at.
        }
    }
}

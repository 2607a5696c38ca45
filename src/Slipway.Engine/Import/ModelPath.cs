using System.Text.RegularExpressions;

namespace Slipway.Engine.Import;

/// <summary>
/// What is loaded where a path is named: one rule for commands, servers and deployments. A file is itself. A folder with
/// <c>config.json</c> and safetensors is the model that those are, whatever lies beside them: a GGUF file can be named itself, the
/// folder's own weights cannot. Every other folder stands for the first of its GGUF files.
/// </summary>
public static partial class ModelPath
{
    /// <summary>How the names of GGUF files end.</summary>
    public const string Gguf = ".gguf";

    private const string Safetensors = ".safetensors";
    private const int MostFiles = 4096;

    private static readonly EnumerationOptions Gently = new() { IgnoreInaccessible = true };

    /// <summary>What of <paramref name="path"/> is loaded; the path itself where there is nothing, for the loader to say what is missing.</summary>
    public static string Resolve(string path) =>
        !Directory.Exists(path) || IsCheckpoint(path) ? path : GgufFilesIn(path) is [var first, ..] ? first : path;

    /// <summary>Whether it is a whole model as Hugging Face and ModelScope lay them out.</summary>
    public static bool IsCheckpoint(string path) => ModelFacts.IsFolder(path) && FilesIn(path).Any(file => EndsWith(file, Safetensors));

    /// <summary>The models among a folder's GGUF files by their names, of split ones the first part; none where it cannot be read.</summary>
    public static IReadOnlyList<string> GgufFilesIn(string folder) =>
        [.. FilesIn(folder).Where(file => EndsWith(file, Gguf) && !NoModel().IsMatch(Path.GetFileName(file))).Order(StringComparer.Ordinal)];

    private static bool EndsWith(string file, string ending) => file.EndsWith(ending, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> FilesIn(string folder)
    {
        try
        {
            return Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*", Gently).Take(MostFiles)] : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    // Parts after the first, what sees images for a model, and what its quantizing was told of its weights.
    [GeneratedRegex(@"(-(?!00001)\d{5}-of-\d{5}\.gguf$)|(^mmproj)|imatrix", RegexOptions.IgnoreCase)]
    private static partial Regex NoModel();
}

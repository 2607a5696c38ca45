using System.Text.RegularExpressions;
using Slipway.Engine.Import;
using Slipway.Server.Platform.Languages;

namespace Slipway.Server.Serving;

/// <summary>Finds the file or folder that a name, a path and a wish for a format mean.</summary>
internal sealed partial class ModelLocator(IOptions<ServingOptions> options)
{
    private const string Extension = ".gguf";
    private const int MostNamesShown = 10;

    private string Folder => Path.GetFullPath(options.Value.ModelsFolder);

    /// <summary>The model to load at start and by default; null where none is configured.</summary>
    public string? Configured => string.IsNullOrWhiteSpace(options.Value.Model) ? null : options.Value.Model;

    /// <summary>Finds <paramref name="model"/>, in the format <paramref name="quantization"/> where that is given.</summary>
    public (ModelSource? Source, Sentence Refusal) Find(string model, string? quantization)
    {
        // A zero byte ends a path for the system, not for us.
        var found = model.Contains('\0', StringComparison.Ordinal) ? [] : Candidates(model).ToList();
        if (found.Count == 0)
        {
            return (null, NotFound(model));
        }

        if (quantization is null)
        {
            return (new ModelSource(found[0]), default);
        }

        var variants = found.SelectMany(SiblingsOf).Distinct().ToList();
        return variants.Find(file => FormatOf(file).Equals(quantization, StringComparison.OrdinalIgnoreCase)) is { } variant
            ? (new ModelSource(variant), default)
            : (null, NoSuchFormat(model, quantization, variants));
    }

    private IEnumerable<string> Candidates(string model)
    {
        foreach (var root in new[] { Directory.GetCurrentDirectory(), Folder })
        {
            var path = Path.GetFullPath(model, root);
            foreach (var file in new[] { path, path + Extension }.Where(File.Exists))
            {
                yield return file;
            }

            if (Directory.Exists(path))
            {
                foreach (var file in FilesIn(path))
                {
                    yield return file;
                }

                // After its GGUF files: some who publish those put the original's config.json beside them.
                if (ModelFacts.IsFolder(path))
                {
                    yield return Path.TrimEndingDirectorySeparator(path);
                }
            }
        }

        // By the name without its format: "qwen3-0.6b" for "qwen3-0.6b-Q8_0.gguf".
        foreach (var file in FilesIn(Folder).Where(file => NameOf(file).Equals(model, StringComparison.OrdinalIgnoreCase)))
        {
            yield return file;
        }
    }

    /// <summary>The same model in all its formats, as far as they lie side by side.</summary>
    private static IEnumerable<string> SiblingsOf(string file) => FilesIn(Path.GetDirectoryName(file)!)
        .Where(other => NameOf(other).Equals(NameOf(file), StringComparison.OrdinalIgnoreCase));

    // Of a model in several parts the first stands for all.
    internal static IEnumerable<string> FilesIn(string folder) => !Directory.Exists(folder) ? [] : Directory
        .EnumerateFiles(folder, "*" + Extension, new EnumerationOptions { IgnoreInaccessible = true })
        .Where(file => !LaterPart().IsMatch(file))
        .Order(StringComparer.Ordinal);

    internal static IEnumerable<string> FoldersIn(string folder) => !Directory.Exists(folder) ? [] : Directory
        .EnumerateDirectories(folder, "*", new EnumerationOptions { IgnoreInaccessible = true })
        .Where(ModelFacts.IsFolder)
        .Order(StringComparer.Ordinal);

    /// <summary>A file's name without what it says of its format and parts.</summary>
    internal static string NameOf(string file) => Parts().Match(Path.GetFileNameWithoutExtension(file)).Groups["name"].Value;

    private static string FormatOf(string file) => Parts().Match(Path.GetFileNameWithoutExtension(file)).Groups["format"].Value;

    private Sentence NotFound(string model)
    {
        var names = FilesIn(Folder).Concat(FoldersIn(Folder)).Select(ModelSource.NameOf).Take(MostNamesShown).ToList();
        var known = string.Join(", ", names);
        return names.Count > 0
            ? new($"找不到模型“{model}”；可用的有：{known}，或给出 GGUF 文件或模型文件夹的路径。",
                $"There is no model '{model}'; there are: {known}. The path of a GGUF file or of a model's folder is accepted too.")
            : new($"找不到模型“{model}”；请给出 GGUF 文件或模型文件夹的路径，或将其放入存放模型的文件夹。",
                $"There is no model '{model}'; give the path of a GGUF file or of a model's folder, or put one into the models folder.");
    }

    private static Sentence NoSuchFormat(string model, string quantization, List<string> variants)
    {
        var known = string.Join(", ", variants.Select(FormatOf).Where(format => format.Length > 0));
        return new(
            $"模型“{model}”没有 {quantization} 格式；可用的格式：{(known.Length > 0 ? known : "无")}。",
            $"The model '{model}' is not there in {quantization}; its formats are: {(known.Length > 0 ? known : "none by name")}.");
    }

    [GeneratedRegex(@"^(?<name>.+?)(?:[-._](?<format>I?Q\d\w*|F16|F32|BF16))?(?:-\d{5}-of-\d{5})?$", RegexOptions.IgnoreCase)]
    private static partial Regex Parts();

    [GeneratedRegex(@"-(?!00001)\d{5}-of-\d{5}\.gguf$", RegexOptions.IgnoreCase)]
    private static partial Regex LaterPart();
}

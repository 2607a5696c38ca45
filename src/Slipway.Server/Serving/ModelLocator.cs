using System.Text.RegularExpressions;
using Slipway.Engine.Import;
using Slipway.Server.Platform.Hub;
using Slipway.Server.Platform.Languages;

namespace Slipway.Server.Serving;

/// <summary>
/// Finds the file or folder that a name, a path and a wish for a format mean. A model of a hub is found where it was pulled before:
/// nobody makes a server fetch gigabytes by asking it for a model.
/// </summary>
internal sealed partial class ModelLocator(IOptions<ServingOptions> options, HubShelf hub)
{
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
            return HubName.TryParse(model) is { } name ? Pulled(name, quantization) : (null, NotFound(model));
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

    private (ModelSource? Source, Sentence Refusal) Pulled(HubName name, string? quantization)
    {
        var wanted = name with { Selector = name.Selector ?? quantization };
        return hub.Find(wanted)?.Path is { } path ? (new ModelSource(path), default) : (null, NotPulled(wanted));
    }

    private IEnumerable<string> Candidates(string model)
    {
        foreach (var root in new[] { Directory.GetCurrentDirectory(), Folder })
        {
            var path = Path.GetFullPath(model, root);
            foreach (var file in new[] { path, path + ModelPath.Gguf }.Where(File.Exists))
            {
                yield return file;
            }

            foreach (var inside in In(Path.TrimEndingDirectorySeparator(path)))
            {
                yield return inside;
            }
        }

        // By the name without its format: "qwen3-0.6b" for "qwen3-0.6b-Q8_0.gguf".
        foreach (var file in ModelPath.GgufFilesIn(Folder).Where(file => NameOf(file).Equals(model, StringComparison.OrdinalIgnoreCase)))
        {
            yield return file;
        }
    }

    /// <summary>What is loaded for a folder, then the formats that lie in it; nothing where it is no folder of a model.</summary>
    private static IEnumerable<string> In(string folder) => !Directory.Exists(folder) ? []
        : ModelPath.GgufFilesIn(folder).Prepend(ModelPath.Resolve(folder)).Distinct().Where(found => found != folder || ModelFacts.IsFolder(folder));

    /// <summary>The same model in all its formats, as far as they lie side by side.</summary>
    private static IEnumerable<string> SiblingsOf(string file) => ModelPath.GgufFilesIn(Path.GetDirectoryName(file)!)
        .Where(other => NameOf(other).Equals(NameOf(file), StringComparison.OrdinalIgnoreCase));

    internal static IEnumerable<string> FoldersIn(string folder) => !Directory.Exists(folder) ? [] : Directory
        .EnumerateDirectories(folder, "*", new EnumerationOptions { IgnoreInaccessible = true })
        .Where(ModelFacts.IsFolder)
        .Order(StringComparer.Ordinal);

    /// <summary>A file's name without what it says of its format and parts.</summary>
    internal static string NameOf(string file) => Parts().Match(Path.GetFileNameWithoutExtension(file)).Groups["name"].Value;

    private static string FormatOf(string file) => Parts().Match(Path.GetFileNameWithoutExtension(file)).Groups["format"].Value;

    private Sentence NotFound(string model)
    {
        var names = ModelPath.GgufFilesIn(Folder).Concat(FoldersIn(Folder)).Select(ModelSource.NameOf).Take(MostNamesShown).ToList();
        var known = string.Join(", ", names);
        return names.Count > 0
            ? new($"找不到模型“{model}”；可用的有：{known}，或给出 GGUF 文件或模型文件夹的路径。",
                $"There is no model '{model}'; there are: {known}. The path of a GGUF file or of a model's folder is accepted too.")
            : new($"找不到模型“{model}”；请给出 GGUF 文件或模型文件夹的路径，或将其放入存放模型的文件夹。",
                $"There is no model '{model}'; give the path of a GGUF file or of a model's folder, or put one into the models folder.");
    }

    private static Sentence NotPulled(HubName name) => new(
        $"这里没有“{name}”，本机也尚未下载它；请先在服务器所在的机器上运行 slipway pull {name}。",
        $"There is no '{name}' here, and it was not pulled to this machine; run 'slipway pull {name}' where the server runs, then ask again.");

    private static Sentence NoSuchFormat(string model, string quantization, List<string> variants)
    {
        var known = string.Join(", ", variants.Select(FormatOf).Where(format => format.Length > 0));
        return new(
            $"模型“{model}”没有 {quantization} 格式；可用的格式：{(known.Length > 0 ? known : "无")}。",
            $"The model '{model}' is not there in {quantization}; its formats are: {(known.Length > 0 ? known : "none by name")}.");
    }

    [GeneratedRegex(@"^(?<name>.+?)(?:[-._](?<format>I?Q\d\w*|F16|F32|BF16))?(?:-\d{5}-of-\d{5})?$", RegexOptions.IgnoreCase)]
    private static partial Regex Parts();
}

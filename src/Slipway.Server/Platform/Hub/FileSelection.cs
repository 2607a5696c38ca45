using System.Globalization;

namespace Slipway.Server.Platform.Hub;

/// <summary>
/// Chooses which files of a repository are one model. GGUF before safetensors: the format that is asked for, else Q8_0 where that
/// is not too large, else Q4_K_M. Of safetensors all weights and what goes with them. Never a pickle: loading one runs what it says.
/// </summary>
internal static class FileSelection
{
    public const string Folder = HubName.SafetensorsFolder;

    // With Q8_0 nothing is lost; above this size memory is dearer than what Q4_K_M loses.
    private const long LargestQ8 = 8L << 30;
    private const int MostShown = 24;

    private static readonly string[] Usual = ["Q4_K_M", "Q5_K_M", "Q6_K", "Q4_K_S", "Q4_0", "Q8_0", "BF16", "F16", "F32"];
    private static readonly string[] Pickles = [".bin", ".pth", ".pt", ".pkl", ".pickle", ".ckpt", ".npy", ".npz", ".joblib"];
    private static readonly string[] FolderFiles =
    [
        "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "vocab.json", "merges.txt",
        "special_tokens_map.json", "added_tokens.json", "chat_template.jinja", "chat_template.json", "quantize_config.json",
        "model.safetensors.index.json",
    ];

    /// <exception cref="HubException">There is no such model; the message tells what there is.</exception>
    public static FileChoice Choose(IReadOnlyList<RemoteFile> files, HubName name)
    {
        var groups = GgufGroups.Of(files);
        var folder = FolderOf(files);
        var all = groups.Select(group => group.Selector).Concat(folder.Count > 0 && groups.Count > 0 ? [Folder] : []).ToList();
        if (name.Selector is { } selector)
        {
            return selector.Equals(Folder, StringComparison.OrdinalIgnoreCase) && folder.Count > 0 ? new FileChoice(folder, null, Without(all, Folder))
                : ByName(files, groups, name, selector, all) ?? Whole(ByFormat(groups, name, selector, all), name, all);
        }
        return groups.Count > 0 ? Whole(Default(groups, name, all), name, all)
            : folder.Count > 0 ? new FileChoice(folder, null, [])
            : throw NoModel(files, name);
    }

    /// <summary>Files by their paths, whatever they are, but no pickles.</summary>
    /// <exception cref="HubException">One is not there, or is a pickle.</exception>
    public static FileChoice Named(IReadOnlyList<RemoteFile> files, HubName name, IReadOnlyList<string> paths)
    {
        var chosen = paths.Distinct(StringComparer.Ordinal).Select(path => files.FirstOrDefault(file => file.Path == path) ?? throw Absent(files, name, path)).ToList();
        if (chosen.FirstOrDefault(file => IsPickle(file.Path)) is { } pickle)
        {
            throw Pickle(pickle.Path);
        }
        var model = chosen.FirstOrDefault(file => file.Path.EndsWith(GgufGroups.Ending, StringComparison.OrdinalIgnoreCase));
        return new FileChoice([.. chosen.OrderBy(file => file.Path, StringComparer.Ordinal)], model?.Path, []);
    }

    private static FileChoice? ByName(IReadOnlyList<RemoteFile> files, List<GgufGroup> groups, HubName name, string selector, List<string> all)
    {
        var found = files.Where(file => file.Path == selector).DefaultIfEmpty(null).First()
            ?? Single(files.Where(file => RemotePath.NameOf(file.Path).Equals(selector, StringComparison.OrdinalIgnoreCase)
                || RemotePath.NameOf(file.Path).Equals(selector + GgufGroups.Ending, StringComparison.OrdinalIgnoreCase)));
        if (found is null)
        {
            return null;
        }
        if (IsPickle(found.Path))
        {
            throw Pickle(found.Path);
        }
        return groups.FirstOrDefault(group => group.Parts.Contains(found)) is { } group ? Whole(group, name, all)
            : found.Path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)
            ? throw new HubException($"'{RemotePath.Shown(found.Path)}' alone is no model; leave it away to pull the whole folder.")
            : new FileChoice([found], found.Path, Without(all, ""));
    }

    private static GgufGroup ByFormat(List<GgufGroup> groups, HubName name, string selector, List<string> all)
    {
        var found = groups.Where(group => selector.Equals(group.Format, StringComparison.OrdinalIgnoreCase)).ToList();
        return found switch
        {
            [var one] => one,
            [] => throw new HubException(all.Count > 0
                ? $"'{name.Repository}' has no '{RemotePath.Shown(selector)}'; it has {Shown(all)}."
                : $"'{name.Repository}' has no '{RemotePath.Shown(selector)}' and no GGUF file at all; without ':{RemotePath.Shown(selector)}' its folder is pulled, where it has one.")
            {
                Fault = HubFault.NotFound,
            },
            _ => throw Several(name, found),
        };
    }

    private static GgufGroup Default(List<GgufGroup> groups, HubName name, List<string> all)
    {
        if (groups is [var only])
        {
            return only;
        }
        var small = groups.Where(group => group.Bytes <= LargestQ8 && "Q8_0".Equals(group.Format, StringComparison.OrdinalIgnoreCase)).ToList();
        foreach (var found in Usual.Select(format => groups.Where(group => format.Equals(group.Format, StringComparison.OrdinalIgnoreCase)).ToList()).Prepend(small))
        {
            if (found.Count > 0)
            {
                return found.Count == 1 ? found[0] : throw Several(name, found);
            }
        }
        throw new HubException($"'{name.Repository}' has {Shown(all)}; name one, as in {name.Repository}:{RemotePath.Shown(all[0])}.");
    }

    private static FileChoice Whole(GgufGroup group, HubName name, List<string> all) => group.Parts.Count == group.PartCount
        ? new FileChoice(group.Parts, group.Parts[0].Path, Without(all, group.Selector))
        : throw new HubException(string.Create(
            CultureInfo.InvariantCulture,
            $"'{RemotePath.Shown(group.Stem)}' of '{name.Repository}' is in {group.PartCount} parts, and {group.Parts.Count} are there; it cannot be loaded."));

    /// <summary>Weights at the root and what goes with them; empty where these are not a model.</summary>
    private static List<RemoteFile> FolderOf(IReadOnlyList<RemoteFile> files)
    {
        // Consolidated ones hold the same weights once more, in another order.
        var weights = files.Where(file => !file.Path.Contains('/', StringComparison.Ordinal)
            && file.Path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)
            && !file.Path.StartsWith("consolidated", StringComparison.OrdinalIgnoreCase)).ToList();
        return weights.Count == 0 || !files.Any(file => file.Path == "config.json") ? []
            : [.. files.Where(file => FolderFiles.Contains(file.Path)).Concat(weights).Distinct().OrderBy(file => file.Path, StringComparer.Ordinal)];
    }

    private static bool IsPickle(string path) => Pickles.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    private static RemoteFile? Single(IEnumerable<RemoteFile> files) => files.Take(2).ToList() is [var one] ? one : null;

    private static List<string> Without(List<string> all, string selector) =>
        [.. all.Where(other => !other.Equals(selector, StringComparison.OrdinalIgnoreCase)).Distinct(StringComparer.OrdinalIgnoreCase)];

    private static string Shown(List<string> all)
    {
        var names = all.Distinct(StringComparer.OrdinalIgnoreCase).Select(RemotePath.Shown).ToList();
        return string.Join(", ", names.Take(MostShown)) + (names.Count > MostShown ? ", …" : "");
    }

    private static HubException Several(HubName name, List<GgufGroup> found) => new(
        $"'{name.Repository}' has several of that format: {Shown([.. found.Select(group => group.Parts[0].Path)])}; name the file.");

    private static HubException Absent(IReadOnlyList<RemoteFile> files, HubName name, string path) => new(
        $"'{name.Repository}' has no file '{RemotePath.Shown(path)}'; it has {Shown([.. files.Select(file => file.Path)])}.")
    { Fault = HubFault.NotFound };

    private static HubException Pickle(string path) => new(
        $"'{RemotePath.Shown(path)}' is a pickle: whoever loads one runs the program in it. Such files are not pulled; look for the model as safetensors or GGUF.");

    private static HubException NoModel(IReadOnlyList<RemoteFile> files, HubName name) =>
        files.FirstOrDefault(file => IsPickle(file.Path)) is { } pickle ? Pickle(pickle.Path) : new HubException(
            $"'{name.Repository}' holds no model: no .gguf, and no config.json with .safetensors. It has {Shown([.. files.Select(file => file.Path)])}.");
}

using System.Text.RegularExpressions;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Import;

namespace Slipway.Server.Serving.Formats;

/// <summary>Finds the formats of a model: those that lie beside it under its name, those made before, and those that can be made.</summary>
internal sealed partial class FormatFinder(MadeFormats made)
{
    // Where several files are of one format, the first of these is taken.
    private static readonly GgmlType[] Preferred = [GgmlType.Q4_K, GgmlType.Q5_K, GgmlType.Q6_K];

    // The best to make others from first.
    private static readonly WeightFormat[] Sources = [WeightFormat.Fp32, WeightFormat.Bf16, WeightFormat.Fp16, WeightFormat.Int8];

    /// <summary>One of each format, in the order of the names; the one in use stands for its format.</summary>
    /// <param name="origin">What was loaded when the model was chosen.</param>
    /// <param name="current">What is in use now; perhaps made of it.</param>
    /// <exception cref="IOException">The file in use is gone.</exception>
    /// <exception cref="ModelFormatException">The file in use is broken.</exception>
    public IReadOnlyList<StoredFormat> Find(ModelSource origin, ModelSource current)
    {
        var used = At(current.Path);
        List<StoredFormat> stored = [used, .. Beside(origin.Path).Where(path => path != current.Path).Select(TryAt).OfType<StoredFormat>()];
        // Files of one name need not be one model; whether they are is seen when one is loaded. Of those that are, one may hold the
        // embedding twice, for the logits, or a padded vocabulary.
        stored.RemoveAll(other => other.Weights.Count < used.Weights.Count / 2 || other.Weights.Count > used.Weights.Count * 2);
        var perFormat = stored
            .GroupBy(one => one.Format)
            .Select(group => group.MinBy(one => (one != used, Rank(one.Weights.Type), one.Path))!)
            .ToDictionary(one => one.Format);
        foreach (var format in WeightFormats.Accepted.Select(WeightFormats.Parse).Where(format => !perFormat.ContainsKey(format)).ToList())
        {
            if (Make(format, perFormat) is { } makeable)
            {
                perFormat[format] = makeable;
            }
        }

        return [.. perFormat.Values.OrderBy(one => one.Format)];
    }

    private StoredFormat? Make(WeightFormat format, Dictionary<WeightFormat, StoredFormat> perFormat)
    {
        var source = Sources
            .Select(from => perFormat.GetValueOrDefault(from))
            .FirstOrDefault(from => from is { Recipe: null } && WeightFormats.Recipe(from.Format, format) is not null);
        if (source is null || WeightFormats.Recipe(source.Format, format) is not { } recipe)
        {
            return null;
        }

        return made.Find(source.Path, recipe) is { } path && TryAt(path) is { } before && before.Format == format
            ? before
            : new StoredFormat(format, source.Path, source.Weights, recipe);
    }

    private static IEnumerable<string> Beside(string path)
    {
        var name = NameOf(path);
        var folder = Path.GetDirectoryName(path)!;
        return ModelPath.GgufFilesIn(folder).Concat(ModelLocator.FoldersIn(folder))
            .Where(other => NameOf(other).Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    private static string NameOf(string path) => Directory.Exists(path)
        ? FormatOfFolder().Replace(Path.GetFileName(Path.TrimEndingDirectorySeparator(path)), "")
        : ModelLocator.NameOf(path);

    private static StoredFormat At(string path)
    {
        var weights = WeightFacts.Read(path);
        return new StoredFormat(WeightFormats.Of(weights), path, weights);
    }

    private static StoredFormat? TryAt(string path)
    {
        try
        {
            return At(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ModelFormatException)
        {
            return null; // What cannot be read is no format that could be had.
        }
    }

    private static int Rank(GgmlType type) => Array.IndexOf(Preferred, type) is >= 0 and var rank ? rank : Preferred.Length;

    [GeneratedRegex(@"[-._](?:GPTQ(?:[-._]?Int4|[-._]?4bit)?|BF16|F16|FP16|F32)$", RegexOptions.IgnoreCase)]
    private static partial Regex FormatOfFolder();
}

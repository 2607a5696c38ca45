using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Slipway.Engine.Import;
using Slipway.Engine.Quantization;
using Slipway.Server.Platform.Database;

namespace Slipway.Server.Serving.Formats;

/// <summary>
/// Formats made of a model on the machine, kept in <c>formats/</c> of the data folder: a folder for each source and in it a file for each
/// format, whose name also tells which state of the source it is of. All of it can be deleted at any time.
/// </summary>
internal sealed class MadeFormats(DataFolder data)
{
    // With what is added to it, well below what file systems allow.
    private const int LongestName = 100;

    /// <summary>The file made of a source as it is now; null where none is.</summary>
    public string? Find(string source, QuantizationType type) => PlaceOf(source, type) is var path && File.Exists(path) ? path : null;

    /// <summary>
    /// Makes it on half of the cores, for the others go on answering. What was made of an earlier state of the source goes, and what a
    /// server that was killed had not finished.
    /// </summary>
    /// <returns>Where it is.</returns>
    /// <exception cref="IOException">The source cannot be read or the file not written; the disk may be full.</exception>
    /// <exception cref="Engine.Formats.ModelFormatException">The source is broken, or has values that the format cannot hold.</exception>
    public string Make(string source, QuantizationType type, IProgress<double> progress, CancellationToken cancellationToken)
    {
        var path = PlaceOf(source, type);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(path)!).Where(file => !IsOf(StampOf(source), file)))
        {
            File.Delete(file);
        }

        var options = new QuantizationOptions
        {
            Type = type,
            Threads = Math.Max(1, Environment.ProcessorCount / 2),
            AllowRequantize = true,
            Overwrites = true,
        };
        if (!ModelFacts.IsFolder(source))
        {
            ModelQuantizer.Quantize(source, path, options, progress, cancellationToken);
            return path;
        }

        var whole = path + ".whole";
        try
        {
            GgufConversion.Run(source, whole, type: null, progress: null, cancellationToken);
            ModelQuantizer.Quantize(whole, path, options, progress, cancellationToken);
        }
        finally
        {
            File.Delete(whole);
        }

        return path;
    }

    private string PlaceOf(string source, QuantizationType type)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(source));
        var name = ModelSource.NameOf(full);
        name = name[..Math.Min(name.Length, LongestName)];
        return Path.Combine(data.In("formats"), $"{name}-{Hash(full)}", $"{name}-{StampOf(source)}-{type}.gguf");
    }

    /// <summary>Changes when the files of the source do; of a split one, when its first part does.</summary>
    private static string StampOf(string source)
    {
        var files = ModelFacts.IsFolder(source) ? Directory.GetFiles(source) : [source];
        var states = files.Order(StringComparer.Ordinal).Select(file => new FileInfo(file))
            .Select(file => string.Create(CultureInfo.InvariantCulture, $"{file.Name}|{file.Length}|{file.LastWriteTimeUtc.Ticks}"));
        return Hash(string.Join('\n', states));
    }

    private static bool IsOf(string stamp, string file) =>
        file.EndsWith(ModelPath.Gguf, StringComparison.Ordinal) && file.Contains(stamp, StringComparison.Ordinal);

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
}

using System.Globalization;
using System.Text.RegularExpressions;

namespace Slipway.Engine.Formats.Gguf;

/// <summary>A GGUF model, mapped read-only: everything is checked when it is opened, nothing is copied.</summary>
public sealed partial class GgufFile : IDisposable
{
    private const int MostParts = 1000;
    private readonly List<GgufPart> _parts = [];
    private readonly Dictionary<string, GgufTensor> _byName = [];

    private GgufFile(string path) => Path = path;

    /// <summary>The file that was opened.</summary>
    public string Path { get; }

    /// <summary>It and the other parts.</summary>
    internal IEnumerable<string> PartPaths => _parts.Select(part => part.Path);

    /// <summary>Of the first part, which alone has all of it.</summary>
    public GgufMetadata Metadata => _parts[0].Metadata;

    /// <summary>Of all parts.</summary>
    public IReadOnlyList<GgufTensor> Tensors => [.. _parts.SelectMany(part => part.Tensors)];

    /// <summary>Bytes of all parts.</summary>
    public long Length => _parts.Sum(part => part.Length);

    /// <summary>Maps a file and, when it is the first part of a split model, the others beside it.</summary>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="ModelFormatException">A file is broken or not supported; the message says what and at which byte.</exception>
    public static GgufFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var file = new GgufFile(path);
        try
        {
            file.Add(new GgufPart(path));
            file.AddOtherParts();
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public GgufTensor? FindTensor(string name) => _byName.GetValueOrDefault(name);

    public void Dispose() => _parts.ForEach(part => part.Dispose());

    private void Add(GgufPart part)
    {
        _parts.Add(part);
        foreach (var tensor in part.Tensors)
        {
            if (!_byName.TryAdd(tensor.Name, tensor))
            {
                throw new ModelFormatException($"'{Path}': tensor '{tensor.Name}' is in two parts of the model.");
            }
        }
    }

    private void AddOtherParts()
    {
        var count = Metadata.GetInteger("split.count") ?? 1;
        if (count is < 0 or > MostParts)
        {
            throw new ModelFormatException($"'{Path}': 'split.count' is {count}; accepted are up to {MostParts}.");
        }
        if (count <= 1)
        {
            return;
        }
        var name = PartName().Match(System.IO.Path.GetFileName(Path));
        if (!name.Success || long.Parse(name.Groups["of"].ValueSpan, CultureInfo.InvariantCulture) != count)
        {
            throw new ModelFormatException($"'{Path}' is one of {count} parts; its name must end in -00001-of-{count:D5}.gguf.");
        }
        string Part(long number) => System.IO.Path.Combine(
            System.IO.Path.GetDirectoryName(Path) ?? "", $"{name.Groups["base"].Value}-{number:D5}-of-{count:D5}.gguf");
        if (Metadata.GetInteger("split.no") is not 0)
        {
            throw new ModelFormatException($"'{Path}' is not the first part; open '{Part(1)}'.");
        }
        for (var number = 2L; number <= count; number++)
        {
            Add(new GgufPart(Part(number)));
        }
        if (Metadata.GetInteger("split.tensors.count") is { } tensors && tensors != _byName.Count)
        {
            throw new ModelFormatException($"'{Path}': the {count} parts have {_byName.Count} tensors; 'split.tensors.count' is {tensors}.");
        }
    }

    [GeneratedRegex(@"^(?<base>.+)-(?<no>\d{5})-of-(?<of>\d{5})\.gguf$")]
    private static partial Regex PartName();
}

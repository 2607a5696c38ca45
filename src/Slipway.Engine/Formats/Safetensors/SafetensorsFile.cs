namespace Slipway.Engine.Formats.Safetensors;

/// <summary>The weights of a model in safetensors, mapped read-only: everything is checked when it is opened, nothing is copied.</summary>
internal sealed class SafetensorsFile : IDisposable
{
    public const string FileName = "model.safetensors";

    private readonly List<SafetensorsPart> _parts = [];
    private readonly Dictionary<string, SafetensorsTensor> _byName = [];

    private SafetensorsFile()
    {
    }

    public IReadOnlyCollection<SafetensorsTensor> Tensors => _byName.Values;

    /// <summary>Bytes of all files.</summary>
    public long Length => _parts.Sum(part => part.Length);

    /// <summary>Of the first file.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _parts[0].Metadata;

    /// <summary>
    /// Opens a file, or a folder with <c>model.safetensors</c> or with <c>model.safetensors.index.json</c> and the shards that it names.
    /// </summary>
    /// <exception cref="FileNotFoundException">There is no such file, or a shard is missing.</exception>
    /// <exception cref="ModelFormatException">A file breaks a rule of the format; the message says which.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var file = new SafetensorsFile();
        try
        {
            if (!Directory.Exists(path))
            {
                file.AddAll(path);
            }
            else if (Path.Combine(path, FileName) is var whole && File.Exists(whole))
            {
                file.AddAll(whole);
            }
            else if (Path.Combine(path, SafetensorsIndex.FileName) is var index && File.Exists(index))
            {
                file.AddShards(path, SafetensorsIndex.Read(index));
            }
            else
            {
                throw new FileNotFoundException($"'{path}' has neither {FileName} nor {SafetensorsIndex.FileName}.", path);
            }
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public SafetensorsTensor? FindTensor(string name) => _byName.GetValueOrDefault(name);

    public void Dispose() => _parts.ForEach(part => part.Dispose());

    private void AddAll(string path)
    {
        foreach (var tensor in Add(path).Tensors)
        {
            _byName.Add(tensor.Name, tensor);
        }
    }

    private void AddShards(string folder, IReadOnlyList<KeyValuePair<string, string>> places)
    {
        foreach (var shard in places.GroupBy(place => place.Value, place => place.Key))
        {
            var tensors = Add(Path.Combine(folder, shard.Key)).Tensors.ToDictionary(tensor => tensor.Name);
            foreach (var name in shard)
            {
                _byName[name] = tensors.GetValueOrDefault(name) ?? throw new ModelFormatException(
                    $"'{folder}': the index places tensor '{name}' in {shard.Key}, which does not have it.");
            }
        }
    }

    private SafetensorsPart Add(string path)
    {
        var part = new SafetensorsPart(path);
        _parts.Add(part);
        return part;
    }
}

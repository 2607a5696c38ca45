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

    /// <summary>What a shard holds beyond the index is a weight as well: left out, the model would be another one.</summary>
    private void AddShards(string folder, IReadOnlyDictionary<string, string> places)
    {
        foreach (var shard in places.Values.Distinct())
        {
            foreach (var tensor in Add(Path.Combine(folder, shard)).Tensors)
            {
                if (places.GetValueOrDefault(tensor.Name, shard) == shard && !_byName.TryAdd(tensor.Name, tensor))
                {
                    throw new ModelFormatException(
                        $"'{folder}': tensor '{ShownText.Cut(tensor.Name)}' is in {shard} and in another shard; the index does not say which counts.");
                }
            }
        }
        foreach (var (name, shard) in places.Where(place => !_byName.ContainsKey(place.Key)))
        {
            throw new ModelFormatException(
                $"'{folder}': the index places tensor '{ShownText.Cut(name)}' in {shard}, which does not have it.");
        }
    }

    private SafetensorsPart Add(string path)
    {
        var part = new SafetensorsPart(path);
        _parts.Add(part);
        return part;
    }
}

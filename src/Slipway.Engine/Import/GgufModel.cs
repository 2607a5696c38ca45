using Slipway.Engine.Architectures;
using Slipway.Engine.Embeddings;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Import;

/// <summary>A model in a GGUF file.</summary>
internal sealed unsafe class GgufModel : IStoredModel
{
    // GGUF's number for it.
    private const int LastTokenInFile = 3;

    private readonly GgufFile _file;
    private readonly Dictionary<string, StoredTensor> _tensors;

    private GgufModel(GgufFile file)
    {
        _file = file;
        Shape = ModelShape.From(file.Metadata);
        Tokenizer = Tokenizer.FromGguf(file.Metadata);
        _tensors = file.Tensors.ToDictionary(
            tensor => tensor.Name, tensor => new StoredTensor(tensor.Name, tensor.Type, tensor.Dimensions, tensor.Data));
    }

    public string Name => _file.Metadata.GetString("general.name") ?? Path.GetFileNameWithoutExtension(_file.Path);

    public ModelShape Shape { get; }

    public Tokenizer Tokenizer { get; }

    public string? ChatTemplate => _file.Metadata.GetString("tokenizer.chat_template");

    public EmbeddingPooling Pooling =>
        _file.Metadata.GetInteger($"{Shape.Architecture}.pooling_type") == LastTokenInFile ? EmbeddingPooling.LastToken : EmbeddingPooling.Mean;

    public bool EndsEmbedded => _file.Metadata.GetBool("tokenizer.ggml.add_eos_token") ?? false;

    public long ByteLength => _file.Length;

    public IReadOnlyList<string> Notes => [];

    public IReadOnlyList<StoredTensor> Tensors => [.. _tensors.Values];

    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ModelFormatException">The file is broken or not supported; the message says what and where.</exception>
    public static GgufModel Open(string path)
    {
        var file = GgufFile.Open(path);
        try
        {
            return new GgufModel(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public StoredTensor? FindTensor(string name) => _tensors.GetValueOrDefault(name);

    public string NameInFiles(string name) => name;

    public void Prepare(IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var reading = new ReadAhead(_file.Tensors.Sum(tensor => tensor.ByteLength), progress, cancellationToken);
        foreach (var tensor in _file.Tensors) // In the order of the file.
        {
            reading.Touch(tensor.Data, tensor.ByteLength);
        }
        progress?.Report(1);
    }

    public void Dispose() => _file.Dispose();
}

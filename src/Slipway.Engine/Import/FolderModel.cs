using System.Text.Json;
using Slipway.Engine.Architectures;
using Slipway.Engine.Embeddings;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Formats.HuggingFace;
using Slipway.Engine.Formats.Safetensors;
using Slipway.Engine.Import.Gptq;
using Slipway.Engine.Memory;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Import;

/// <summary>
/// A model as Hugging Face and ModelScope lay it out: <c>config.json</c>, safetensors, <c>tokenizer.json</c>. Weights in
/// F32, F16 and BF16 are used where the files are mapped; GPTQ matrices are repacked into blocks when it is prepared.
/// </summary>
internal sealed unsafe class FolderModel : IStoredModel
{
    /// <summary>Bytes; a hundred times what real ones have.</summary>
    public const int LongestConfig = 4 << 20;

    private const string Embedding = "token_embd.weight";
    private const string Output = "output.weight";
    private const string Divisors = "rope_freqs.weight";
    private readonly SafetensorsFile _file;
    private readonly FolderTensors _contents;
    private readonly Dictionary<string, StoredTensor> _tensors = [];
    private readonly List<(GptqMatrix Matrix, NativeBuffer<byte> Blocks)> _repacked = [];
    private NativeBuffer<float>? _divisors;

    private FolderModel(string folder, SafetensorsFile file, FolderTensors contents, ModelShape shape, Tokenizer tokenizer, float[]? divisors)
    {
        Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        ChatTemplate = ChatTemplateFiles.Read(folder);
        (_file, _contents, Shape, Tokenizer, LlamaDivisors) = (file, contents, shape, tokenizer, divisors);
    }

    public string Name { get; }

    public ModelShape Shape { get; }

    public Tokenizer Tokenizer { get; }

    public string? ChatTemplate { get; }

    public EmbeddingPooling Pooling => EmbeddingPooling.Mean;

    public bool EndsEmbedded => false;

    public long ByteLength => _file.Length;

    public IReadOnlyList<string> Notes => _contents.Notes;

    public IReadOnlyList<StoredTensor> Tensors => [.. Names.Select(name => FindTensor(name)!)];

    /// <summary>GGUF names of the tensors, divisors of frequencies among them.</summary>
    public IEnumerable<string> Names => LlamaDivisors is null ? _contents.Names : _contents.Names.Append(Divisors);

    /// <summary>Llama 3.1's, [head length / 2], where the configuration asks for them.</summary>
    public float[]? LlamaDivisors { get; }

    /// <exception cref="FileNotFoundException">The folder lacks a file.</exception>
    /// <exception cref="ModelFormatException">It is broken, or of a family or a format that is not read; the message says which.</exception>
    public static FolderModel Open(string folder)
    {
        var configFile = Path.Combine(folder, "config.json");
        if (!File.Exists(configFile))
        {
            throw new FileNotFoundException(
                $"'{folder}' is a folder without config.json; accepted are a GGUF file, and a folder with config.json, safetensors and tokenizer.json.",
                configFile);
        }
        using var config = JsonFile.Read(configFile, LongestConfig);
        var reader = new ConfigReader(config.RootElement);
        var gptq = GptqConfig.Find(folder, reader);
        var shape = ModelShape.FromConfig(config.RootElement);
        var tokenizer = ReadTokenizer(folder, config.RootElement);
        var divisors = Architectures.LlamaDivisors.FromConfig(reader, shape);
        var file = SafetensorsFile.Open(folder);
        try
        {
            var contents = new FolderTensors(file, shape, gptq, reader.Flag("tie_word_embeddings"));
            return new FolderModel(folder, file, contents, shape, tokenizer, divisors);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The tokenizer alone, with the end tokens that the folder's other files name.</summary>
    public static Tokenizer ReadTokenizer(string folder)
    {
        using var config = JsonFile.Read(Path.Combine(folder, "config.json"), LongestConfig);
        return ReadTokenizer(folder, config.RootElement);
    }

    /// <summary>The quantised matrix of this GGUF name, which <see cref="FindTensor"/> would give room for; null for other tensors.</summary>
    public GptqMatrix? FindQuantized(string name) => _contents.FindQuantized(name);

    public StoredTensor? FindTensor(string name)
    {
        if (!_tensors.TryGetValue(name, out var tensor) && Make(name) is { } made)
        {
            _tensors[name] = tensor = made;
        }
        return tensor;
    }

    public string NameInFiles(string name) => TensorNames.ToHuggingFace(name) ?? name;

    public void Prepare(IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var reading = new ReadAhead(_file.Tensors.Sum(tensor => tensor.ByteLength), progress, cancellationToken);
        foreach (var name in _contents.Names.Where(name => FindQuantized(name) is null))
        {
            var tensor = FindTensor(name)!;
            reading.Touch(tensor.Data, tensor.ByteLength);
        }
        foreach (var (matrix, blocks) in _repacked)
        {
            matrix.Repack(blocks.Pointer, cancellationToken);
            reading.Add(matrix.ByteLength);
        }
        progress?.Report(1);
    }

    public void Dispose()
    {
        _repacked.ForEach(repacked => repacked.Blocks.Dispose());
        _divisors?.Dispose();
        _file.Dispose();
    }

    private static Tokenizer ReadTokenizer(string folder, JsonElement config)
    {
        var file = Path.Combine(folder, "tokenizer.json");
        return File.Exists(file)
            ? Tokenizer.FromTokenizerJson(file, EndTokens.Read(folder, config))
            : throw new FileNotFoundException($"There is no file '{file}'; tokenizers in other forms are not read.", file);
    }

    private StoredTensor? Make(string name)
    {
        if (name == Divisors && LlamaDivisors is { } divisors)
        {
            _divisors = new NativeBuffer<float>(divisors.Length);
            divisors.CopyTo(_divisors.Span);
            return new StoredTensor("rope_scaling", GgmlType.F32, [divisors.Length], (byte*)_divisors.Pointer);
        }
        var tensor = _contents.FindQuantized(name) is { } matrix ? Room(matrix) : _contents.FindPlain(name);
        return tensor is not null && name is (Embedding or Output) ? ForTokens(tensor) : tensor;
    }

    private StoredTensor Room(GptqMatrix matrix)
    {
        var blocks = new NativeBuffer<byte>(matrix.Type.RowBytes(matrix.Inputs) * matrix.Outputs);
        _repacked.Add((matrix, blocks));
        return new StoredTensor(matrix.Name, matrix.Type, [matrix.Inputs, matrix.Outputs], blocks.Pointer) { InputOrder = matrix.InputOrder };
    }

    /// <summary>Rows beyond the tokenizer's tokens are padding for training hardware: no text has them.</summary>
    private StoredTensor ForTokens(StoredTensor tensor)
    {
        var tokens = Tokenizer.VocabularySize;
        return tensor.Dimensions is [var columns, var rows] && rows > tokens
            ? new StoredTensor(tensor.Name, tensor.Type, [columns, tokens], tensor.Data) { InputOrder = tensor.InputOrder }
            : tensor;
    }
}

using System.Text;
using System.Text.Json.Nodes;
using Slipway.Engine.Architectures;
using Slipway.Engine.ChatTemplates;
using Slipway.Engine.Embeddings;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Kernels;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine;

/// <summary>A model in memory: weights mapped from its file, tokenizer, chat template. Several engines may run it.</summary>
public sealed class LanguageModel : IDisposable
{
    // GGUF's number for it.
    private const int LastTokenInFile = 3;

    private readonly GgufFile _file;
    private readonly TensorSource _source;
    private readonly bool _endsEmbedded;

    private LanguageModel(GgufFile file, TensorSource source, Transformer transformer, Tokenizer tokenizer, ChatTemplate? template)
    {
        _file = file;
        _source = source;
        Transformer = transformer;
        Tokenizer = tokenizer;
        ChatTemplate = template;
        Name = file.Metadata.GetString("general.name") ?? Path.GetFileNameWithoutExtension(file.Path);
        Pooling = file.Metadata.GetInteger($"{Architecture}.pooling_type") == LastTokenInFile ? EmbeddingPooling.LastToken : EmbeddingPooling.Mean;
        _endsEmbedded = file.Metadata.GetBool("tokenizer.ggml.add_eos_token") ?? false;
        ParameterCount = file.Tensors.Sum(tensor => tensor.ElementCount);
        Quantization = file.Tensors
            .Where(tensor => tensor.Dimensions.Length > 1)
            .GroupBy(tensor => tensor.Type)
            .OrderByDescending(group => group.Sum(tensor => tensor.ElementCount))
            .Select(group => group.Key.ToString())
            .FirstOrDefault() ?? "F32";
    }

    /// <summary>The file's own name for the model, or the file's name.</summary>
    public string Name { get; }

    /// <summary>The family: qwen3, qwen2 or llama.</summary>
    public string Architecture => Transformer.Shape.Architecture;

    /// <summary>The format that most weights are in.</summary>
    public string Quantization { get; }

    /// <summary>How many weights.</summary>
    public long ParameterCount { get; }

    /// <summary>Bytes of the file, all parts together.</summary>
    public long ByteSize => _file.Length;

    /// <summary>Families of models that can be loaded, by the name in the file.</summary>
    public static IReadOnlyList<string> Architectures => Transformer.Supported;

    /// <summary>Tokens that a sequence may have.</summary>
    public int ContextLength => Transformer.Shape.ContextLength;

    /// <summary>Values of a text's vector.</summary>
    public int Width => Transformer.Shape.Hidden;

    /// <summary>How the file says that texts are to be embedded; the mean where it says nothing.</summary>
    public EmbeddingPooling Pooling { get; }

    public Tokenizer Tokenizer { get; }

    /// <summary>The template in the file; null for a model that was not made for conversations.</summary>
    public ChatTemplate? ChatTemplate { get; }

    internal Transformer Transformer { get; }

    /// <summary>Maps a GGUF file and reads it once, so that the first answer does not wait for the disk.</summary>
    /// <param name="path">A GGUF file, or the first part of a split one.</param>
    /// <param name="progress">Gets the share that was read, 0 to 1.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ModelFormatException">The file is broken or not supported; the message says what and where.</exception>
    public static LanguageModel Load(string path, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var file = GgufFile.Open(path);
        var source = new TensorSource(file, KernelTable.Choose());
        try
        {
            var transformer = Transformer.Create(ModelShape.From(file.Metadata), source);
            var tokenizer = Tokenizer.FromGguf(file.Metadata);
            if (tokenizer.VocabularySize > transformer.Vocabulary)
            {
                throw new ModelFormatException(
                    $"The tokenizer has {tokenizer.VocabularySize} tokens, the embedding only {transformer.Vocabulary}.");
            }
            ReadAhead(file, progress, cancellationToken);
            return new LanguageModel(file, source, transformer, tokenizer, ReadTemplate(file.Metadata));
        }
        catch
        {
            source.Dispose();
            file.Dispose();
            throw;
        }
    }

    /// <summary>Loads without progress.</summary>
    public static LanguageModel Load(string path) => Load(path, progress: null, CancellationToken.None);

    /// <summary>Renders a conversation with the model's own template, which learns the begin and end tokens.</summary>
    /// <param name="messages">Objects with <c>role</c> and <c>content</c>.</param>
    /// <param name="variables">What else the template may ask for: <c>enable_thinking</c>, <c>tools</c>, …</param>
    /// <exception cref="InvalidOperationException">The model has no template.</exception>
    /// <exception cref="ChatTemplateException">The template refuses the conversation.</exception>
    public string RenderPrompt(JsonArray messages, JsonObject? variables = null)
    {
        var template = ChatTemplate ?? throw new InvalidOperationException($"The model '{Name}' has no chat template.");
        var all = new JsonObject { ["bos_token"] = Spell(Tokenizer.BeginToken), ["eos_token"] = Spell(Tokenizer.EndToken) };
        foreach (var (name, value) in variables ?? [])
        {
            all[name] = value?.DeepClone();
        }
        return template.Render(messages, addGenerationPrompt: true, all);
    }

    /// <summary>Token ids of a text that begins a sequence: with the begin token where the model wants it and the text lacks it.</summary>
    public int[] EncodePrompt(string text)
    {
        var ids = Tokenizer.Encode(text);
        return Tokenizer.AddsBeginToken && Tokenizer.BeginToken is { } begin && (ids.Length == 0 || ids[0] != begin) ? [begin, .. ids] : ids;
    }

    /// <summary>Token ids of a text to be embedded: all of it plain text, between the marks that the model wants around it.</summary>
    public int[] EncodeForEmbedding(string text)
    {
        var ids = Tokenizer.Encode(text, parseSpecial: false);
        int[] begin = Tokenizer.AddsBeginToken && Tokenizer.BeginToken is { } first ? [first] : [];
        int[] end = _endsEmbedded && Tokenizer.EndToken is { } last ? [last] : [];
        return ids.Length == 0 ? [] : [.. begin, .. ids, .. end];
    }

    /// <summary>Unmaps the file. No engine may be using the model any more.</summary>
    public void Dispose()
    {
        _source.Dispose();
        _file.Dispose();
    }

    private string Spell(int? token) => token is { } id ? Encoding.UTF8.GetString(Tokenizer.GetBytes(id)) : "";

    private static ChatTemplate? ReadTemplate(GgufMetadata metadata)
    {
        var template = metadata.GetString("tokenizer.chat_template");
        try
        {
            return template is null ? null : ChatTemplate.Parse(template);
        }
        catch (ChatTemplateException exception)
        {
            throw new ModelFormatException($"The model's chat template cannot be used: {exception.Message}", exception);
        }
    }

    /// <summary>Touches every page in file order.</summary>
    private static unsafe void ReadAhead(GgufFile file, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        const int Page = 4096;
        const long Report = 64 << 20;
        var total = file.Tensors.Sum(tensor => tensor.ByteLength);
        var (done, reported) = (0L, 0L);
        var seen = 0;
        foreach (var tensor in file.Tensors)
        {
            for (long offset = 0; offset < tensor.ByteLength; offset += Page)
            {
                seen += tensor.Data[offset];
                if (done + offset - reported >= Report)
                {
                    reported = done + offset;
                    cancellationToken.ThrowIfCancellationRequested();
                    progress?.Report((double)reported / total);
                }
            }
            done += tensor.ByteLength;
        }
        GC.KeepAlive(seen);
        progress?.Report(1);
    }
}

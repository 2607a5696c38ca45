using System.Text;
using System.Text.Json.Nodes;
using Slipway.Engine.Architectures;
using Slipway.Engine.ChatTemplates;
using Slipway.Engine.Embeddings;
using Slipway.Engine.Formats;
using Slipway.Engine.Import;
using Slipway.Engine.Kernels;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine;

/// <summary>A model in memory: weights mapped from its file, tokenizer, chat template. Several engines may run it.</summary>
public sealed class LanguageModel : IDisposable
{
    private readonly IStoredModel _stored;
    private readonly TensorSource _source;
    private readonly bool _endsEmbedded;

    private LanguageModel(IStoredModel stored, TensorSource source, Transformer transformer, ChatTemplate? template)
    {
        _stored = stored;
        _source = source;
        Transformer = transformer;
        ChatTemplate = template;
        // Asked for as long as somebody holds the model, also when its file is no longer mapped.
        (Name, Tokenizer, Pooling, _endsEmbedded) = (stored.Name, stored.Tokenizer, stored.Pooling, stored.EndsEmbedded);
        (ByteSize, Notes) = (stored.ByteLength, stored.Notes);
        ParameterCount = stored.Tensors.Sum(tensor => tensor.ElementCount);
        Quantization = WeightFacts.MainType(stored.Tensors).ToString();
    }

    /// <summary>What <paramref name="words"/> calls itself and says, computed with <paramref name="weights"/>.</summary>
    private LanguageModel(LanguageModel words, LanguageModel weights)
    {
        (Name, Tokenizer, ChatTemplate, Pooling, _endsEmbedded) = (words.Name, words.Tokenizer, words.ChatTemplate, words.Pooling, words._endsEmbedded);
        (_stored, _source, Transformer) = (weights._stored, weights._source, weights.Transformer);
        (ByteSize, Notes, ParameterCount, Quantization) = (weights.ByteSize, weights.Notes, weights.ParameterCount, weights.Quantization);
    }

    /// <summary>The model's own name for itself, or the name of its file or folder.</summary>
    public string Name { get; }

    /// <summary>The family: qwen3, qwen2 or llama.</summary>
    public string Architecture => Transformer.Shape.Architecture;

    /// <summary>The format that most weights are in.</summary>
    public string Quantization { get; }

    /// <summary>How many weights.</summary>
    public long ParameterCount { get; }

    /// <summary>Bytes of the file, or of the folder's weights, all parts together.</summary>
    public long ByteSize { get; }

    /// <summary>Families of models that can be loaded, by the name in the file.</summary>
    public static IReadOnlyList<string> Architectures => Transformer.Supported;

    /// <summary>Tokens that a sequence may have.</summary>
    public int ContextLength => Transformer.Shape.ContextLength;

    /// <summary>Values of a text's vector.</summary>
    public int Width => Transformer.Shape.Hidden;

    /// <summary>How the file says that texts are to be embedded; the mean where it says nothing.</summary>
    public EmbeddingPooling Pooling { get; }

    public Tokenizer Tokenizer { get; }

    /// <summary>What was done to the weights while they were loaded, where that changes them or their cost; usually nothing.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>The template in the file; null for a model that was not made for conversations.</summary>
    public ChatTemplate? ChatTemplate { get; }

    internal Transformer Transformer { get; }

    /// <summary>Maps a model and reads it once, so that the first answer does not wait for the disk.</summary>
    /// <param name="path">A GGUF file, or the first part of a split one; a folder with <c>config.json</c>, safetensors and <c>tokenizer.json</c>; or one with GGUF files (<see cref="ModelPath"/>).</param>
    /// <param name="progress">Gets the share that was read, 0 to 1.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FileNotFoundException">There is no such file, or the folder lacks one.</exception>
    /// <exception cref="ModelFormatException">A file is broken or not supported; the message says what and where.</exception>
    public static LanguageModel Load(string path, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var stored = Open(path);
        var source = new TensorSource(stored, KernelTable.Choose());
        try
        {
            var transformer = Transformer.Create(stored.Shape, source);
            var tokens = stored.Tokenizer.VocabularySize;
            if (tokens > transformer.Vocabulary)
            {
                throw new ModelFormatException($"The tokenizer has {tokens} tokens, the embedding only {transformer.Vocabulary}.");
            }
            var template = ReadTemplate(stored.ChatTemplate);
            stored.Prepare(progress, cancellationToken);
            return new LanguageModel(stored, source, transformer, template);
        }
        catch
        {
            source.Dispose();
            stored.Dispose();
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

    /// <summary>Whether <paramref name="other"/> is the same model, perhaps in another format: as many layers, as wide, with the same tokens.</summary>
    public bool IsSameAs(LanguageModel other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Transformer.Shape.HasSizesOf(other.Transformer.Shape) && Tokenizer.HasTokensOf(other.Tokenizer);
    }

    /// <summary>
    /// Whether sequences that this model began can go on with the weights of <paramref name="other"/>: the same model, with keys laid
    /// out alike and as many logits. Llama's differ in that between a folder and a GGUF file; padding of the vocabulary may differ, too.
    /// </summary>
    public bool CanGoOnWith(LanguageModel other) =>
        IsSameAs(other)
        && Transformer.Shape == other.Transformer.Shape
        && Transformer.Vocabulary == other.Transformer.Vocabulary
        && Transformer.Frequencies.AsSpan().SequenceEqual(other.Transformer.Frequencies)
        && Tokenizer.VocabularySize == other.Tokenizer.VocabularySize;

    /// <summary>This model's name, tokenizer and template over the weights of <paramref name="other"/>, which belong to the result from then on.</summary>
    /// <exception cref="ArgumentException">It is another model.</exception>
    public LanguageModel WithWeightsOf(LanguageModel other) => IsSameAs(other)
        ? new LanguageModel(this, other)
        : throw new ArgumentException($"'{other.Name}' is another model than '{Name}'.", nameof(other));

    /// <summary>Unmaps the file; what the model says of itself can still be asked. No engine may be using the model any more.</summary>
    public void Dispose()
    {
        _source.Dispose();
        _stored.Dispose();
    }

    private static IStoredModel Open(string path) =>
        ModelPath.Resolve(path) is var found && Directory.Exists(found) ? FolderModel.Open(found) : GgufModel.Open(found);

    private string Spell(int? token) => token is { } id ? Encoding.UTF8.GetString(Tokenizer.GetBytes(id)) : "";

    private static ChatTemplate? ReadTemplate(string? template)
    {
        try
        {
            return template is null ? null : ChatTemplate.Parse(template);
        }
        catch (ChatTemplateException exception)
        {
            throw new ModelFormatException($"The model's chat template cannot be used: {exception.Message}", exception);
        }
    }
}

using Slipway.Engine.Architectures;
using Slipway.Engine.Embeddings;
using Slipway.Engine.Formats;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Import;

/// <summary>A model on the disk, opened: its numbers, its words, and its tensors under their GGUF names, whatever its files call them.</summary>
internal interface IStoredModel : IDisposable
{
    /// <summary>What the model calls itself, or what its file or folder is called.</summary>
    string Name { get; }

    ModelShape Shape { get; }

    Tokenizer Tokenizer { get; }

    /// <summary>The source text of the template; null for a model that was not made for conversations.</summary>
    string? ChatTemplate { get; }

    /// <summary>How texts are to be embedded; the mean where nothing says it.</summary>
    EmbeddingPooling Pooling { get; }

    /// <summary>Whether a text to be embedded ends with the end token.</summary>
    bool EndsEmbedded { get; }

    /// <summary>Bytes of the files.</summary>
    long ByteLength { get; }

    /// <summary>What was done to the weights and changes them or their cost: sentences for whoever loads the model.</summary>
    IReadOnlyList<string> Notes { get; }

    /// <summary>All that the model computes with.</summary>
    IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>A tensor by its GGUF name; null where there is none. What it points at is only there after <see cref="Prepare"/>.</summary>
    StoredTensor? FindTensor(string name);

    /// <summary>The name of a tensor in the files, for messages.</summary>
    string NameInFiles(string name);

    /// <summary>Reads everything once, so that the first answer does not wait for the disk.</summary>
    /// <param name="progress">Gets the share that was read, 0 to 1.</param>
    /// <param name="cancellationToken">Gives up.</param>
    void Prepare(IProgress<double>? progress, CancellationToken cancellationToken);
}

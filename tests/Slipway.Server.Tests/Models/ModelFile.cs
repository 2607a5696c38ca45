using System.Buffers.Binary;
using System.Text;
using Slipway.Engine.Tests.Architectures;

namespace Slipway.Server.Tests.Models;

/// <summary>A small random model in a file of its own. Chosen greedily it never ends by itself, so that tests say when.</summary>
internal sealed class ModelFile : IDisposable
{
    private const int Hidden = 64;
    private const int ContextLength = 1 << 17;

    // In the manner of models that write the opening mark of their thought into the prompt.
    private const string ThinkingTemplate =
        "{%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}{%- endfor %}"
        + "{{- '<|im_start|>assistant\\n<think>\\n' }}";

    private readonly string _folder = Directory.CreateTempSubdirectory("slipway-model-").FullName;

    /// <summary>Writes it.</summary>
    /// <param name="name">The file's name without ending.</param>
    /// <param name="seed">Other seeds, other weights.</param>
    /// <param name="opensThought">Whether its template begins the answer inside a thought.</param>
    /// <param name="marksThoughts">Whether it can write the marks of a thought.</param>
    /// <param name="template">Its chat template; null for the usual one.</param>
    public ModelFile(
        string name = "model-a", int seed = 1, bool opensThought = false, bool marksThoughts = false, string? template = null)
    {
        Path = System.IO.Path.Combine(_folder, name + ".gguf");
        var model = TestModel.Create(seed: seed);
        model.Template = template ?? model.Template;
        // The last five tokens are the controls and the two marks; a row of zeros is never the most probable.
        var rows = model.Tensors["token_embd.weight"].Bytes;
        rows.AsSpan((TestModel.Vocabulary - 5) * Hidden * sizeof(float), (marksThoughts ? 3 : 5) * Hidden * sizeof(float)).Clear();
        model.Write(Path);

        var bytes = File.ReadAllBytes(Path);
        SetContextLength(bytes);
        if (opensThought)
        {
            SetTemplate(bytes);
        }

        File.WriteAllBytes(Path, bytes);
    }

    public string Path { get; }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // key, type (uint32 is 4), value
    private static void SetContextLength(byte[] file)
    {
        var at = file.AsSpan().IndexOf("qwen3.context_length"u8) + "qwen3.context_length".Length + sizeof(uint);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), ContextLength);
    }

    // In place, filled up with a comment: lengths and offsets of the file stay as they are.
    private static void SetTemplate(byte[] file)
    {
        var old = Encoding.UTF8.GetBytes(TestModel.ChatTemplate);
        var padding = old.Length - ThinkingTemplate.Length - "{##}".Length;
        var template = ThinkingTemplate + "{#" + "OPEN".PadRight(padding) + "#}";
        Encoding.UTF8.GetBytes(template).CopyTo(file.AsSpan(file.AsSpan().IndexOf(old)));
    }
}

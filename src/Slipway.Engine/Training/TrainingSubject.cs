using Slipway.Engine.Architectures;
using Slipway.Engine.ChatTemplates;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Formats.HuggingFace;
using Slipway.Engine.Tokenizers;
using Slipway.Engine.Training.BaseModels;
using Slipway.Engine.Training.Model;

namespace Slipway.Engine.Training;

/// <summary>What is trained: the weights, and the tokenizer and chat template that belong to them.</summary>
internal sealed class TrainingSubject : IDisposable
{
    private TrainingSubject(TrainableModel model, Tokenizer tokenizer, string? chatTemplate, string? baseName)
    {
        (Model, Tokenizer, ChatTemplateSource, BaseName) = (model, tokenizer, chatTemplate, baseName);
        ChatTemplate = chatTemplate is null ? null : ChatTemplate.Parse(chatTemplate);
    }

    public TrainableModel Model { get; }

    public Tokenizer Tokenizer { get; }

    public string? ChatTemplateSource { get; }

    public ChatTemplate? ChatTemplate { get; }

    /// <summary>What the model that was started from calls itself; null for a new one.</summary>
    public string? BaseName { get; }

    /// <summary>Loads the base model or makes a new one, and frees what the method moves.</summary>
    public static TrainingSubject Open(TrainingOptions options)
    {
        var subject = options.BaseModel is { } path ? Load(path) : Make(options.NewModel!, options.Seed);
        if (options.Method == FineTuningMethod.Lora)
        {
            subject.Model.AddLora(options.Lora, options.Seed);
        }
        else
        {
            subject.Model.UnfreezeAll();
        }
        return subject;
    }

    public void Dispose() => Model.Dispose();

    private static TrainingSubject Load(string path)
    {
        using var source = BaseModel.Open(path);
        var model = TrainableModel.Create(source.Shape, source.Vocabulary, source.TiesOutput);
        foreach (var parameter in model.Parameters)
        {
            source.Read(parameter);
        }
        return new TrainingSubject(model, source.Tokenizer, source.ChatTemplate, source.Name);
    }

    private static TrainingSubject Make(NewModelOptions options, long seed)
    {
        var (tokenizer, template) = ReadTokenizer(options);
        var shape = ModelShape.Of(options);
        var model = TrainableModel.Create(shape, tokenizer.VocabularySize, tiesOutput: true);
        model.Initialize(options.InitializerRange, seed);
        return new TrainingSubject(model, tokenizer, template, baseName: null);
    }

    private static (Tokenizer Tokenizer, string? ChatTemplate) ReadTokenizer(NewModelOptions options)
    {
        var given = options.ChatTemplate is { } path ? File.ReadAllText(path) : null;
        if (options.Tokenizer.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase))
        {
            using var file = GgufFile.Open(options.Tokenizer);
            return (Tokenizer.FromGguf(file.Metadata), given ?? file.Metadata.GetString("tokenizer.chat_template"));
        }
        var json = Directory.Exists(options.Tokenizer) ? Path.Combine(options.Tokenizer, "tokenizer.json") : options.Tokenizer;
        return (Tokenizer.FromTokenizerJson(json), given ?? ChatTemplateFiles.Read(Path.GetDirectoryName(Path.GetFullPath(json))!));
    }
}

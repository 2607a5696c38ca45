using Slipway.Engine.Memory;
using Slipway.Engine.Training.Adapters;
using Slipway.Engine.Training.Export;
using Slipway.Engine.Training.Model;

namespace Slipway.Engine.Training;

/// <summary>What a finished run leaves: model files, or an adapter.</summary>
internal static class TrainingOutput
{
    /// <summary>The folder for Hugging Face's libraries, inside the output folder.</summary>
    public const string HuggingFaceFolder = "model";

    /// <summary>The folder of an adapter that is not merged, inside the output folder.</summary>
    public const string AdapterFolderName = "adapter";

    public static void Write(TrainingOptions options, TrainingSubject subject, WorkerTeam team, Action<TrainingEvent> report)
    {
        var name = options.ModelName ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.OutputDirectory)));
        if (options.Method == FineTuningMethod.Lora)
        {
            if (!options.Lora.Merge)
            {
                var folder = Path.Combine(options.OutputDirectory, AdapterFolderName);
                AdapterFolder.Write(folder, options.Lora, options.BaseModel!, [.. LoraPairs(subject.Model, options.Lora)]);
                report(new ModelWritten(folder));
                return;
            }
            subject.Model.MergeLora(team);
        }
        var export = new ModelExport(subject.Model.Shape, subject.Tokenizer, subject.ChatTemplateSource, name, subject.Model.Parameters);
        foreach (var type in options.GgufTypes)
        {
            var path = Path.Combine(options.OutputDirectory, $"{name}-{type.ToString().ToLowerInvariant()}.gguf");
            export.WriteGguf(path, type);
            report(new ModelWritten(path));
        }
        if (options.ExportHuggingFace)
        {
            var folder = Path.Combine(options.OutputDirectory, HuggingFaceFolder);
            export.WriteHuggingFace(folder);
            report(new ModelWritten(folder));
        }
    }

    private static IEnumerable<LoraPair> LoraPairs(TrainableModel model, LoraOptions options) =>
        from linear in model.Layers.SelectMany(layer => layer.Linears)
        where linear.HasLora
        select new LoraPair(linear.Weight.Name, options.Rank, linear.A!, linear.B!);
}

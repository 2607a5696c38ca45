using Slipway.Engine.Architectures;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.HuggingFace;
using Slipway.Engine.Formats.Safetensors;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Training.BaseModels;

/// <summary>A model as Hugging Face's tools lay it out: <c>config.json</c>, safetensors, <c>tokenizer.json</c>, the chat template.</summary>
internal static class HuggingFaceFolder
{
    private const int LongestConfig = 4 << 20;

    public static BaseModel Open(string folder)
    {
        using var config = JsonFile.Read(Path.Combine(folder, "config.json"), LongestConfig);
        var shape = ModelShape.FromConfig(config.RootElement);
        RequireTrainable(shape, new ConfigReader(config.RootElement));
        var tokenizer = Path.Combine(folder, "tokenizer.json");
        if (!File.Exists(tokenizer))
        {
            throw new FileNotFoundException($"There is no file '{tokenizer}'; tokenizers in other forms are not read.", tokenizer);
        }
        var weights = new HuggingFaceWeights(SafetensorsFile.Open(folder));
        try
        {
            return new BaseModel(
                weights,
                shape,
                Tokenizer.FromTokenizerJson(tokenizer),
                ChatTemplateFiles.Read(folder),
                Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))),
                new ConfigReader(config.RootElement).Flag("tie_word_embeddings"));
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    private static void RequireTrainable(ModelShape shape, ConfigReader config)
    {
        if (shape.Architecture != "qwen3")
        {
            throw new ModelFormatException($"config.json: model_type is '{shape.Architecture}', the {shape.Architecture} family; training is for qwen3.");
        }
        if (config.HasContent("quantization_config"))
        {
            throw new ModelFormatException(
                "config.json has a quantization_config; accepted for training are unquantised weights in F32, F16 or BF16.");
        }
    }
}

using Slipway.Engine.Formats;
using Slipway.Engine.Formats.HuggingFace;

namespace Slipway.Engine.Import.Gptq;

/// <summary>How the matrices of a folder were quantised.</summary>
/// <param name="GroupSize">Inputs that share a scale; −1 for all of them.</param>
/// <param name="IsSymmetric">Whether the packer says that every zero is the middle.</param>
/// <param name="StoresTrueZeros">Whether zeros are stored as they are (version 2), not less one (version 1).</param>
internal sealed record GptqConfig(int GroupSize, bool IsSymmetric, bool StoresTrueZeros)
{
    /// <summary>Where packers wrote it before <c>config.json</c> had a place for it.</summary>
    public const string FileName = "quantize_config.json";

    /// <summary>For messages.</summary>
    public const string Accepted = "GPTQ with 4 bits in checkpoint_format gptq or gptq_v2";

    private const string Section = "quantization_config";
    private const int LongestFile = 4 << 20;
    private const int LargestGroup = 1 << 20;
    private const int UsualGroup = 128;

    /// <summary>Reads it where the folder has one; null for unquantised weights.</summary>
    /// <exception cref="ModelFormatException">The weights are quantised in a way that is not read; the message names it.</exception>
    public static GptqConfig? Find(string folder, ConfigReader config)
    {
        if (config.HasContent(Section))
        {
            return From(config.Object(Section)!, "config.json", usualMethod: null);
        }
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return null;
        }
        using var document = JsonFile.Read(path, LongestFile);
        return From(new ConfigReader(document.RootElement, FileName), FileName, usualMethod: "gptq");
    }

    private static GptqConfig From(ConfigReader config, string file, string? usualMethod)
    {
        var usual = config.HasContent("load_in_4bit") || config.HasContent("load_in_8bit") ? "bitsandbytes" : usualMethod;
        var method = config.Text("quant_method") ?? usual;
        Require(method == "gptq", method is null ? $"{file}: quantization_config has no 'quant_method'" : $"{file}: quant_method is '{method}'");
        var format = config.Flag("is_marlin_format") is true ? "marlin" : config.Text("checkpoint_format") ?? config.Text("format") ?? "gptq";
        Require(format is "gptq" or "gptq_v2", $"{file}: checkpoint_format is '{format}'");
        var bits = config.Number("bits");
        Require(bits == 4, bits is null ? $"{file} has no 'bits'" : $"{file}: bits is {bits}");
        var packing = config.Text("pack_dtype") ?? "int32";
        Require(packing is "int32" or "torch.int32", $"{file}: pack_dtype is '{packing}', not int32");
        var group = config.Number("group_size") ?? UsualGroup;
        if (group != -1 && !(group is >= 1 and <= LargestGroup && group == Math.Floor(group)))
        {
            throw new ModelFormatException($"{file}: group_size is {group}; accepted is -1, or an integer from 1 to {LargestGroup}.");
        }
        return new GptqConfig((int)group, config.Flag("sym") ?? true, format == "gptq_v2");
    }

    private static void Require(bool fits, string fault)
    {
        if (!fits)
        {
            throw new ModelFormatException($"{fault}; accepted are unquantised weights in F32, F16 or BF16, and {Accepted}.");
        }
    }
}

using System.Text.Json.Nodes;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Formats.HuggingFace;
using Slipway.Engine.Kernels;
using Slipway.Engine.Tests.Architectures;

namespace Slipway.Engine.Tests.Import;

/// <summary>A model whose matrices inside the layers are packed as GPTQ's tools do, and the same model in GGUF's formats.</summary>
internal static class GptqFolder
{
    /// <summary>Packs the matrices of <paramref name="model"/> and puts what they mean in their place.</summary>
    /// <param name="model">Its matrices are replaced: by blocks of the type, or by the values in F32.</param>
    /// <param name="groupSize">Inputs with a common scale; −1 for all.</param>
    /// <param name="zero">The zero of every group; null for random ones.</param>
    /// <param name="version">Of the format.</param>
    /// <param name="blocks">Q4_0, Q4_1 or F32.</param>
    /// <param name="scatters">Whether groups are scattered, as with act-order.</param>
    /// <param name="writesGroups">Whether there is a <c>g_idx</c>.</param>
    public static ModelFolder Make(
        TestModel model, int groupSize, int? zero, int version, GgmlType blocks, bool scatters = false, bool writesGroups = true)
    {
        var folder = new ModelFolder(model);
        var seed = 1;
        foreach (var (name, tensor) in model.Tensors.Where(pair => pair.Key.StartsWith("blk.", StringComparison.Ordinal) && pair.Value.Dimensions.Length == 2).ToList())
        {
            var (inputs, outputs) = ((int)tensor.Dimensions[0], (int)tensor.Dimensions[1]);
            // Matrices of one input share the order of its groups, as they do when they were quantised together; values do not.
            var packer = new GptqPacker(inputs, outputs, groupSize, zero, scatters, seed++, name.Contains("attn_v", StringComparison.Ordinal) ? 2 : 1);
            packer.Put(folder, TensorNames.ToHuggingFace(name)!, version, writesGroups);
            model.Tensors[name] = blocks == GgmlType.F32
                ? new TestTensor(tensor.Dimensions, GgmlType.F32, Quantizer.Encode(GgmlType.F32, packer.Values()))
                : packer.Blocks(blocks);
        }
        folder.Config["quantization_config"] = Section(groupSize, zero is 8, version, scatters);
        return folder;
    }

    public static JsonObject Section(int groupSize = 32, bool isSymmetric = true, int version = 1, bool scatters = false) => new()
    {
        ["quant_method"] = "gptq",
        ["bits"] = 4,
        ["group_size"] = groupSize,
        ["sym"] = isSymmetric,
        ["desc_act"] = scatters,
        ["checkpoint_format"] = version == 1 ? "gptq" : "gptq_v2",
    };
}

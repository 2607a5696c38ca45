using System.Runtime.CompilerServices;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Safetensors;
using Slipway.Engine.Kernels;

namespace Slipway.Engine.Import.Gptq;

/// <summary>The tensors that make up one quantised matrix, with their shapes checked, read nibble by nibble.</summary>
/// <remarks>
/// <c>qweight</c> [inputs / 8, outputs]: word (r, c) holds inputs 8r to 8r + 7 of output c, the first in the lowest bits.
/// <c>qzeros</c> [groups, outputs / 8]: likewise eight outputs in a word. <c>scales</c> [groups, outputs].
/// <c>g_idx</c> [inputs]: the group of each input.
/// </remarks>
internal sealed unsafe class GptqParts
{
    private const int PerWord = 8;
    private const int Most = 1 << 24;
    private readonly byte* _weights;
    private readonly byte* _zeros;
    private readonly byte* _scales;
    private readonly GptqConfig _config;

    /// <param name="file">The weights.</param>
    /// <param name="stem">The matrix's name without its ending.</param>
    /// <param name="config">How it was quantised.</param>
    /// <exception cref="ModelFormatException">A part is missing, or of another shape or type than the others ask for.</exception>
    public GptqParts(SafetensorsFile file, string stem, GptqConfig config)
    {
        _config = config;
        var weights = file.FindTensor(stem + ".qweight")!;
        if (weights.Shape is not [var words and > 0 and <= Most / PerWord, var outputs and > 0 and <= Most] || outputs % PerWord != 0)
        {
            throw new ModelFormatException(
                $"Tensor '{weights.Name}' is {string.Join(" × ", weights.Shape)}; needed are inputs / 8 rows and outputs, a multiple of 8.");
        }
        (Inputs, Outputs) = ((int)words * PerWord, (int)outputs);
        Groups = config.GroupSize < 0 ? 1 : (Inputs + config.GroupSize - 1) / config.GroupSize;
        _weights = Find(file, stem + ".qweight", SafetensorsType.I32, words, outputs).Data;
        _zeros = Find(file, stem + ".qzeros", SafetensorsType.I32, Groups, outputs / PerWord).Data;
        _scales = Find(file, stem + ".scales", SafetensorsType.F16, Groups, outputs).Data;
        GroupOf = ReadGroups(file, stem + ".g_idx");
    }

    public int Inputs { get; }

    public int Outputs { get; }

    public int Groups { get; }

    /// <summary>The group of each input, in the order that the inputs come in.</summary>
    public int[] GroupOf { get; }

    /// <summary>Inputs 8r to 8r + 7 of an output, the first in the lowest four bits.</summary>
    public uint Word(int r, int output) => Unsafe.ReadUnaligned<uint>(_weights + (((long)r * Outputs) + output) * sizeof(uint));

    public int Code(int input, int output) => (int)(Word(input / PerWord, output) >> (4 * (input % PerWord))) & 15;

    /// <summary>Bits of a half.</summary>
    public ushort Scale(int group, int output) => Unsafe.ReadUnaligned<ushort>(_scales + (((long)group * Outputs) + output) * sizeof(ushort));

    /// <summary>The code that stands for 0, from 0 to 16.</summary>
    public int Zero(int group, int output)
    {
        var stored = StoredZero(group, output);
        if (_config.StoresTrueZeros)
        {
            return stored;
        }
        // Without symmetry 15 is a true 0 less one, wrapped around; with it the packer had no cause to write such a zero.
        return _config.IsSymmetric ? stored + 1 : (stored + 1) & 15;
    }

    /// <summary>Whether some zero can only be read by knowing that packers let 0 − 1 wrap around.</summary>
    public bool HasWrappedZeros()
    {
        if (_config.StoresTrueZeros || _config.IsSymmetric)
        {
            return false;
        }
        return Enumerable.Range(0, Groups).Any(group => Enumerable.Range(0, Outputs).Any(output => StoredZero(group, output) == 15));
    }

    /// <summary>Whether every zero is <paramref name="zero"/>.</summary>
    public bool AllZerosAre(int zero)
    {
        for (var group = 0; group < Groups; group++)
        {
            for (var output = 0; output < Outputs; output++)
            {
                if (Zero(group, output) != zero)
                {
                    return false;
                }
            }
        }
        return true;
    }

    /// <summary>The weights of one output, by input: <c>scale · (code − zero)</c>.</summary>
    /// <param name="output">Which.</param>
    /// <param name="values">[<see cref="Inputs"/>].</param>
    public void ReadOutput(int output, Span<float> values)
    {
        for (var input = 0; input < Inputs; input++)
        {
            var group = GroupOf[input];
            values[input] = HalfFloat.ToSingle(Scale(group, output)) * (Code(input, output) - Zero(group, output));
        }
    }

    private int StoredZero(int group, int output)
    {
        var word = Unsafe.ReadUnaligned<uint>(_zeros + (((long)group * (Outputs / PerWord)) + (output / PerWord)) * sizeof(uint));
        return (int)(word >> (4 * (output % PerWord))) & 15;
    }

    /// <summary>Packers without <c>desc_act</c> may leave it out: then inputs are grouped as they come.</summary>
    private int[] ReadGroups(SafetensorsFile file, string name)
    {
        var groups = new int[Inputs];
        var tensor = file.FindTensor(name) is null ? null : Find(file, name, SafetensorsType.I32, Inputs);
        for (var input = 0; input < Inputs; input++)
        {
            groups[input] = tensor is null
                ? (_config.GroupSize < 0 ? 0 : input / _config.GroupSize)
                : Unsafe.ReadUnaligned<int>(tensor.Data + ((long)input * sizeof(int)));
            if ((uint)groups[input] >= (uint)Groups)
            {
                throw new ModelFormatException($"Tensor '{name}': input {input} is of group {groups[input]}; there are groups 0 to {Groups - 1}.");
            }
        }
        return groups;
    }

    private static SafetensorsTensor Find(SafetensorsFile file, string name, SafetensorsType type, params ReadOnlySpan<long> shape)
    {
        var tensor = file.FindTensor(name) ?? throw new ModelFormatException($"The folder has no tensor '{name}', which its quantised matrix needs.");
        return tensor.Type == type && tensor.Shape.AsSpan().SequenceEqual(shape)
            ? tensor
            : throw new ModelFormatException(
                $"Tensor '{name}' is {tensor.Type} of {string.Join(" × ", tensor.Shape)}; "
                + $"the matrix and group_size ask for {type} of {string.Join(" × ", shape.ToArray())}.");
    }
}

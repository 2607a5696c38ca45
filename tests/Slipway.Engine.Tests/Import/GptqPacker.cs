using System.Runtime.InteropServices;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Formats.Safetensors;
using Slipway.Engine.Tests.Architectures;

namespace Slipway.Engine.Tests.Import;

/// <summary>Packs a random matrix as GPTQ's tools do, and says what it means: written from the description of the format alone.</summary>
internal sealed class GptqPacker
{
    private readonly int _inputs;
    private readonly int _outputs;
    private readonly int[] _codes; // [inputs][outputs]
    private readonly int[] _zeros; // [groups][outputs]
    private readonly Half[] _scales; // [groups][outputs]
    private readonly int[] _groupOf;

    /// <param name="inputs">Columns of the matrix.</param>
    /// <param name="outputs">Rows of the matrix.</param>
    /// <param name="groupSize">Inputs with a common scale; −1 for all.</param>
    /// <param name="zero">The zero of every group; null for random ones.</param>
    /// <param name="scatters">Whether inputs belong to groups at random, as with act-order.</param>
    /// <param name="seed">Other seeds, other codes.</param>
    /// <param name="scatterSeed">Other seeds, other groups.</param>
    public GptqPacker(int inputs, int outputs, int groupSize, int? zero, bool scatters, int seed, int scatterSeed = 1)
    {
        var random = new Random(seed);
        var size = groupSize < 0 ? inputs : groupSize;
        Groups = (inputs + size - 1) / size;
        (_inputs, _outputs) = (inputs, outputs);
        _codes = [.. Enumerable.Range(0, inputs * outputs).Select(_ => random.Next(16))];
        _zeros = [.. Enumerable.Range(0, Groups * outputs).Select(_ => zero ?? random.Next(16))];
        _scales = [.. Enumerable.Range(0, Groups * outputs).Select(_ => (Half)((0.5 + random.NextDouble()) / (5 * Math.Sqrt(inputs))))];
        _groupOf = [.. Enumerable.Range(0, inputs).Select(input => input / size)];
        if (scatters)
        {
            new Random(scatterSeed).Shuffle(_groupOf);
        }
    }

    public int Groups { get; }

    /// <summary>What the matrix means: scale · (code − zero), [outputs][inputs].</summary>
    public float[] Values()
    {
        var values = new float[_outputs * _inputs];
        for (var output = 0; output < _outputs; output++)
        {
            for (var input = 0; input < _inputs; input++)
            {
                var at = (_groupOf[input] * _outputs) + output;
                values[(output * _inputs) + input] = (float)_scales[at] * (_codes[(input * _outputs) + output] - _zeros[at]);
            }
        }
        return values;
    }

    /// <summary>The same codes in blocks of 32 as GGUF files have them; only for groups that fill blocks in order.</summary>
    public TestTensor Blocks(GgmlType type)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        for (var output = 0; output < _outputs; output++)
        {
            for (var first = 0; first < _inputs; first += 32)
            {
                var at = (_groupOf[first] * _outputs) + output;
                writer.Write(_scales[at]);
                if (type == GgmlType.Q4_1)
                {
                    writer.Write((Half)(-_zeros[at] * (float)_scales[at]));
                }
                for (var j = 0; j < 16; j++)
                {
                    writer.Write((byte)(_codes[((first + j) * _outputs) + output] | (_codes[((first + 16 + j) * _outputs) + output] << 4)));
                }
            }
        }
        return new TestTensor([_inputs, _outputs], type, bytes.ToArray());
    }

    /// <summary>Puts the packed parts in place of a plain weight.</summary>
    /// <param name="folder">Gets the parts.</param>
    /// <param name="name">The weight, <c>….weight</c>.</param>
    /// <param name="version">1 stores zeros less one, wrapping around below 0; 2 as they are.</param>
    /// <param name="writesGroups">Whether there is a <c>g_idx</c>.</param>
    public void Put(ModelFolder folder, string name, int version, bool writesGroups = true)
    {
        var stem = name[..^".weight".Length];
        var words = new uint[_inputs / 8 * _outputs];
        for (var i = 0; i < _codes.Length; i++)
        {
            var (input, output) = (i / _outputs, i % _outputs);
            words[(input / 8 * _outputs) + output] |= (uint)_codes[i] << (4 * (input % 8));
        }
        var zeros = new uint[Groups * _outputs / 8];
        for (var i = 0; i < _zeros.Length; i++)
        {
            var (group, output) = (i / _outputs, i % _outputs);
            var stored = version == 1 ? (_zeros[i] - 1) & 15 : _zeros[i];
            zeros[(group * (_outputs / 8)) + (output / 8)] |= (uint)stored << (4 * (output % 8));
        }
        folder.Tensors.Remove(name);
        folder.Tensors[stem + ".qweight"] = Part(SafetensorsType.I32, [_inputs / 8, _outputs], words);
        folder.Tensors[stem + ".qzeros"] = Part(SafetensorsType.I32, [Groups, _outputs / 8], zeros);
        folder.Tensors[stem + ".scales"] = Part(SafetensorsType.F16, [Groups, _outputs], _scales);
        if (writesGroups)
        {
            folder.Tensors[stem + ".g_idx"] = Part(SafetensorsType.I32, [_inputs], _groupOf);
        }
    }

    private static FolderTensorBytes Part<T>(SafetensorsType type, long[] shape, T[] values)
        where T : struct => new(type, shape, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
}

using System.Buffers.Binary;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Formats.Safetensors;
using Slipway.Engine.Kernels;

namespace Slipway.Engine.Import.Gptq;

/// <summary>
/// A matrix quantised by GPTQ, on its way into blocks that kernels read. Codes and scales are copied, so where every zero
/// is the middle (Q4_0) nothing is lost; other zeros (Q4_1) become a minimum, −zero · scale, which is rounded to a half.
/// </summary>
/// <remarks>
/// A block's 32 inputs must be of one group. Where the groups are scattered (act-order), the columns are sorted by group
/// and <see cref="InputOrder"/> tells whoever multiplies which input each column wants. Where groups do not fill blocks
/// even then, the values are re-encoded in eight bits.
/// </remarks>
internal sealed unsafe class GptqMatrix
{
    private const string Ending = ".qweight";
    private const int Middle = 8;

    /// <summary>Outputs repacked together: their words lie side by side, 16 to a cache line.</summary>
    private const int Tile = 64;

    private readonly GptqParts _parts;

    private GptqMatrix(string name, GptqParts parts, InputOrders orders)
    {
        (Name, _parts) = (name, parts);
        HasWrappedZeros = parts.HasWrappedZeros();
        var sorted = Fills(Enumerable.Range(0, parts.Inputs)) ? null : SortByGroup(parts.GroupOf);
        IsReencoded = sorted is not null && !Fills(sorted);
        InputOrder = sorted is null || IsReencoded ? null : orders.Share(sorted);
        Type = IsReencoded ? EightBits : parts.AllZerosAre(Middle) ? GgmlType.Q4_0 : GgmlType.Q4_1;
    }

    /// <summary>Of the tensor with the codes.</summary>
    public string Name { get; }

    public int Inputs => _parts.Inputs;

    public int Outputs => _parts.Outputs;

    /// <summary>Of the blocks.</summary>
    public GgmlType Type { get; }

    /// <summary>The format for values that do not fit four bits any more.</summary>
    public GgmlType EightBits => Inputs % GgmlType.Q8_0.BlockLength() == 0 ? GgmlType.Q8_0 : GgmlType.F16;

    /// <summary>The input of each column of the blocks; null where column i is input i.</summary>
    public int[]? InputOrder { get; }

    /// <summary>Whether the blocks hold the values only nearly.</summary>
    public bool IsReencoded { get; }

    /// <summary>Whether zeros were read by the rule for those that wrapped around.</summary>
    public bool HasWrappedZeros { get; }

    /// <summary>Of the codes in the file.</summary>
    public long ByteLength => (long)Inputs * Outputs / 2;

    /// <summary>The matrix's name, if a tensor holds the codes of one.</summary>
    public static string? StemOf(string tensor) =>
        tensor.EndsWith(Ending, StringComparison.Ordinal) ? tensor[..^Ending.Length] : null;

    /// <summary>Whether a tensor is another part of a quantised matrix, by its name.</summary>
    public static bool IsPart(string tensor) =>
        tensor.EndsWith(".qzeros", StringComparison.Ordinal) || tensor.EndsWith(".scales", StringComparison.Ordinal)
        || tensor.EndsWith(".g_idx", StringComparison.Ordinal);

    /// <exception cref="ModelFormatException">A part is missing or does not fit the others.</exception>
    public static GptqMatrix Read(SafetensorsFile file, string stem, GptqConfig config, InputOrders orders) =>
        new(stem + Ending, new GptqParts(file, stem, config), orders);

    /// <summary>Writes the blocks, with all cores.</summary>
    /// <param name="blocks">[outputs] rows of <see cref="Inputs"/> values in <see cref="Type"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public void Repack(byte* blocks, CancellationToken cancellationToken)
    {
        var (start, tiles) = ((nint)blocks, (Outputs + Tile - 1) / Tile);
        Parallel.For(0, tiles, new ParallelOptions { CancellationToken = cancellationToken }, tile =>
            Repack((byte*)start, tile * Tile, Math.Min((tile + 1) * Tile, Outputs)));
    }

    /// <summary>The weights of one output in the order of the inputs; [<see cref="Inputs"/>].</summary>
    public void ReadOutput(int output, Span<float> values) => _parts.ReadOutput(output, values);

    private void Repack(byte* blocks, int first, int end)
    {
        var rowBytes = Type.RowBytes(Inputs);
        if (IsReencoded)
        {
            var values = new float[Inputs];
            for (var output = first; output < end; output++)
            {
                _parts.ReadOutput(output, values);
                Quantizer.Encode(Type, values).CopyTo(new Span<byte>(blocks + (output * rowBytes), (int)rowBytes));
            }
            return;
        }
        for (var block = 0; block < Inputs / BlockLayout.Short; block++)
        {
            for (var output = first; output < end; output++)
            {
                WriteBlock(new Span<byte>(blocks + (output * rowBytes) + (block * Type.BlockBytes()), Type.BlockBytes()), block, output);
            }
        }
    }

    /// <summary>Scale, minimum where the format has one, then nibbles: value j beside value j + 16.</summary>
    private void WriteBlock(Span<byte> target, int block, int output)
    {
        var first = block * BlockLayout.Short;
        var group = _parts.GroupOf[InputOrder?[first] ?? first];
        var scale = _parts.Scale(group, output);
        BinaryPrimitives.WriteUInt16LittleEndian(target, scale);
        target = target[sizeof(ushort)..];
        if (Type == GgmlType.Q4_1)
        {
            Quantizer.WriteHalf(target, -_parts.Zero(group, output) * HalfFloat.ToSingle(scale));
            target = target[sizeof(ushort)..];
        }
        if (InputOrder is { } order)
        {
            for (var j = 0; j < 16; j++)
            {
                target[j] = (byte)(_parts.Code(order[first + j], output) | (_parts.Code(order[first + 16 + j], output) << 4));
            }
            return;
        }
        for (var half = 0; half < 2; half++) // Eight values of the first word beside eight of the word two further on.
        {
            var (low, high) = (_parts.Word((4 * block) + half, output), _parts.Word((4 * block) + 2 + half, output));
            for (var j = 0; j < 8; j++)
            {
                target[(8 * half) + j] = (byte)(((low >> (4 * j)) & 15) | (((high >> (4 * j)) & 15) << 4));
            }
        }
    }

    private static int[] SortByGroup(int[] groups) => [.. Enumerable.Range(0, groups.Length).OrderBy(input => groups[input])]; // Stable.

    /// <summary>Whether each 32 inputs that follow one another are of one group.</summary>
    private bool Fills(IEnumerable<int> order) =>
        Inputs % BlockLayout.Short == 0
        && order.Chunk(BlockLayout.Short).All(block => block.All(input => _parts.GroupOf[input] == _parts.GroupOf[block[0]]));
}

using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Import.Gptq;
using Slipway.Engine.Kernels;
using Slipway.Engine.Memory;
using Slipway.Engine.Quantization;

namespace Slipway.Engine.Import;

/// <summary>A tensor of a folder on its way into a GGUF file.</summary>
internal sealed unsafe class ConvertedTensor
{
    /// <summary>Values that are encoded at once: small beside a model, large beside a call.</summary>
    private const int ChunkValues = 1 << 18;

    private readonly FolderModel _model;
    private readonly GptqMatrix? _quantized;
    private readonly long _rows;
    private readonly int _columns;
    private readonly bool _holdsLlamaHeads;
    private readonly GgmlType _source;

    /// <param name="model">Whose it is.</param>
    /// <param name="name">GGUF name of a tensor that is there.</param>
    /// <param name="type">The format wished for; null for that in the folder.</param>
    public ConvertedTensor(FolderModel model, string name, GgmlType? type)
    {
        (_model, Name) = (model, name);
        var tensor = model.FindTensor(name)!;
        _quantized = model.FindQuantized(name);
        (Dimensions, _source) = ([.. tensor.Dimensions], tensor.Type);
        (_columns, _rows) = (checked((int)Dimensions[0]), tensor.ElementCount / Dimensions[0]);
        _holdsLlamaHeads = model.Shape.Architecture == "llama" && (IsOf(".attn_q.") || IsOf(".attn_k."));
        LosesOrder = type is null && tensor.InputOrder is not null;
        Type = Dimensions.Length == 1 ? GgmlType.F32
            : LosesOrder ? _quantized!.EightBits
            : type ?? tensor.Type;
    }

    public string Name { get; }

    /// <summary>The fastest-running first.</summary>
    public long[] Dimensions { get; }

    /// <summary>In the GGUF file.</summary>
    public GgmlType Type { get; }

    /// <summary>Whether its columns are in an order that the file cannot say, so that its values are re-encoded.</summary>
    public bool LosesOrder { get; }

    /// <summary>In the GGUF file.</summary>
    public long ByteLength => Type.RowBytes(_columns) * _rows;

    /// <summary>Writes exactly <see cref="ByteLength"/> bytes.</summary>
    /// <exception cref="ModelFormatException">A value is not a number, infinite, or too large for the type.</exception>
    public void Write(Stream stream, CancellationToken cancellationToken)
    {
        if (_quantized is { } matrix && Type == matrix.Type && !LosesOrder)
        {
            WriteBlocks(matrix, stream, cancellationToken);
        }
        else
        {
            WriteValues(stream, cancellationToken);
        }
    }

    private void WriteBlocks(GptqMatrix matrix, Stream stream, CancellationToken cancellationToken)
    {
        var rowBytes = Type.RowBytes(_columns);
        using var blocks = new NativeBuffer<byte>(rowBytes * matrix.Outputs);
        matrix.Repack(blocks.Pointer, cancellationToken);
        for (var row = 0L; row < _rows; row++)
        {
            stream.Write(new ReadOnlySpan<byte>(blocks.Pointer + (SourceRow(row) * rowBytes), (int)rowBytes));
        }
    }

    private void WriteValues(Stream stream, CancellationToken cancellationToken)
    {
        // A bias of queries or keys is one row, whose values are in the order that rows of the matrix are.
        var (rows, columns) = Dimensions.Length == 1 ? (_columns, 1) : (_rows, _columns);
        var step = Math.Max(1, ChunkValues / columns);
        var values = new float[step * columns];
        for (var first = 0L; first < rows; first += step)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = (int)Math.Min(step, rows - first);
            for (var row = 0; row < count; row++)
            {
                Read(SourceRow(first + row), values.AsSpan(row * columns, columns));
            }
            var chunk = values.AsSpan(0, count * columns);
            if (RowEncoder.FindUnfit(Type == _source ? GgmlType.F32 : Type, chunk) is var unfit and >= 0)
            {
                var (row, column) = Math.DivRem(unfit, columns);
                throw RowEncoder.UnfitFault(Type, _model.NameInFiles(Name), SourceRow(first + row), column, chunk[unfit]);
            }
            stream.Write(Quantizer.Encode(Type, chunk));
        }
    }

    /// <summary>Singles of one row of a matrix, or one value of a vector.</summary>
    private void Read(long row, Span<float> values)
    {
        if (_quantized is { } matrix)
        {
            matrix.ReadOutput((int)row, values);
            return;
        }
        var tensor = _model.FindTensor(Name)!;
        fixed (float* output = values)
        {
            Dequantizer.Row(tensor.Type, tensor.Data + (row * tensor.Type.RowBytes(values.Length)), output, values.Length);
        }
    }

    /// <summary>
    /// The folder's row for a row of the file. GGUF wants Llama's query and key heads with the two halves of each head
    /// interleaved: rows i and i + length / 2 become 2i and 2i + 1.
    /// </summary>
    private long SourceRow(long row)
    {
        if (!_holdsLlamaHeads)
        {
            return row;
        }
        var length = _model.Shape.HeadLength;
        var (head, place) = (row / length, row % length);
        return (head * length) + (place / 2) + (place % 2 * (length / 2));
    }

    private bool IsOf(string part) => Name.Contains(part, StringComparison.Ordinal);
}

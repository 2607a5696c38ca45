using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Kernels;

namespace Slipway.Engine.Training.BaseModels;

/// <summary>Weights from a GGUF file; quantised ones become what the engine would compute with.</summary>
internal sealed class GgufWeights(GgufFile file) : IBaseWeights
{
    public IReadOnlyList<long>? FindShape(string name) =>
        file.FindTensor(name) is { } tensor ? [.. tensor.Dimensions.Reverse()] : null;

    public unsafe void Read(string name, float* destination)
    {
        var tensor = file.FindTensor(name)!;
        var columns = (int)tensor.Dimensions[0]; // The file's reader refuses longer ones.
        var rowBytes = tensor.Type.RowBytes(columns);
        var rows = tensor.ElementCount / columns;
        for (var row = 0L; row < rows; row++)
        {
            Dequantizer.Row(tensor.Type, tensor.Data + (row * rowBytes), destination + (row * columns), columns);
        }
    }

    public void Dispose() => file.Dispose();
}

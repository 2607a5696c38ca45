using Slipway.Engine.Formats.HuggingFace;
using Slipway.Engine.Formats.Safetensors;

namespace Slipway.Engine.Training.BaseModels;

/// <summary>Weights from the safetensors of a Hugging Face folder.</summary>
internal sealed class HuggingFaceWeights(SafetensorsFile file) : IBaseWeights
{
    public IReadOnlyList<long>? FindShape(string name) => Find(name)?.Shape;

    public unsafe void Read(string name, float* destination) => Find(name)!.ReadSingles(destination);

    public void Dispose() => file.Dispose();

    private SafetensorsTensor? Find(string name) =>
        TensorNames.ToHuggingFace(name) is { } known ? file.FindTensor(known) : null;
}

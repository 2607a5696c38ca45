namespace Slipway.Engine.Training.BaseModels;

/// <summary>The tensors of a model on the disk, by their GGUF names, whatever the files call them and store them as.</summary>
internal interface IBaseWeights : IDisposable
{
    /// <summary>The lengths of a tensor, the fastest-running last; null when there is none of this name.</summary>
    IReadOnlyList<long>? FindShape(string name);

    /// <summary>Widens a tensor that is there to singles, row by row.</summary>
    unsafe void Read(string name, float* destination);
}

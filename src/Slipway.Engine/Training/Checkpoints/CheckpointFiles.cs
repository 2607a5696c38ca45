using Slipway.Engine.Formats.Safetensors;

namespace Slipway.Engine.Training.Checkpoints;

/// <summary>Writes the files of one checkpoint; each is on the disk when its method returns.</summary>
internal static class CheckpointFiles
{
    public const string Weights = "weights.safetensors";
    public const string Optimizer = "optimizer.safetensors";
    private const string FirstMoment = "m.";
    private const string SecondMoment = "v.";

    public static CheckpointFile WriteWeights(string folder, CheckpointTensors tensors) =>
        WriteTensors(folder, Weights, WeightsByName(tensors));

    public static CheckpointFile WriteOptimizer(string folder, CheckpointTensors tensors) =>
        WriteTensors(folder, Optimizer, MomentsByName(tensors));

    public static void WriteState(string folder, TrainerState state) =>
        _ = Write(folder, StateFile.Name, stream => stream.Write(StateFile.Serialize(state)));

    /// <summary>Under the names that the weights' file has for them.</summary>
    public static IEnumerable<CheckpointTensor> WeightsByName(CheckpointTensors tensors) => tensors.Weights;

    /// <summary>Under the names that the optimizer's file has for them: <c>m.</c> and <c>v.</c> before the parameter's.</summary>
    public static IEnumerable<CheckpointTensor> MomentsByName(CheckpointTensors tensors) =>
    [
        .. tensors.FirstMoments.Select(tensor => tensor with { Name = FirstMoment + tensor.Name }),
        .. tensors.SecondMoments.Select(tensor => tensor with { Name = SecondMoment + tensor.Name }),
    ];

    private static unsafe CheckpointFile WriteTensors(string folder, string name, IEnumerable<CheckpointTensor> tensors)
    {
        var writer = new SafetensorsWriter();
        foreach (var tensor in tensors)
        {
            writer.Add(tensor.Name, tensor.Shape, (float*)tensor.Data);
        }
        return Write(folder, name, writer.WriteTo);
    }

    private static CheckpointFile Write(string folder, string name, Action<Stream> write)
    {
        using var file = new FileStream(Path.Combine(folder, name), FileMode.Create, FileAccess.Write);
        using var hashing = new HashingStream(file);
        write(hashing);
        file.Flush(flushToDisk: true);
        return new CheckpointFile(name, hashing.Length, hashing.TakeHash());
    }
}

using System.Security.Cryptography;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Safetensors;

namespace Slipway.Engine.Training.Checkpoints;

/// <summary>A checkpoint on the disk whose files were found whole.</summary>
internal sealed class SavedCheckpoint
{
    private SavedCheckpoint(string folder, TrainerState state) => (Folder, State) = (folder, state);

    public string Folder { get; }

    public TrainerState State { get; }

    /// <summary>Reads the state and compares every file with its recorded length and hash.</summary>
    /// <exception cref="ModelFormatException">Something is missing or damaged; the message says what.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static SavedCheckpoint Open(string folder, int step)
    {
        var state = StateFile.Read(Path.Combine(folder, StateFile.Name));
        if (state.Step != step)
        {
            throw new ModelFormatException($"'{folder}' holds step {state.Step}; its name says {step}.");
        }
        foreach (var name in (ReadOnlySpan<string>)[CheckpointFiles.Weights, CheckpointFiles.Optimizer])
        {
            Verify(folder, state.Files.FirstOrDefault(file => file.Name == name)
                ?? throw new ModelFormatException($"'{folder}': {StateFile.Name} does not mention {name}."));
        }
        return new SavedCheckpoint(folder, state);
    }

    /// <summary>Fills the tensors' memory.</summary>
    /// <exception cref="ModelFormatException">It is of another model: a tensor is missing, left over or of another shape.</exception>
    public void Read(CheckpointTensors tensors)
    {
        Read(CheckpointFiles.Weights, [.. CheckpointFiles.WeightsByName(tensors)]);
        Read(CheckpointFiles.Optimizer, [.. CheckpointFiles.MomentsByName(tensors)]);
    }

    private static void Verify(string folder, CheckpointFile expected)
    {
        var path = Path.Combine(folder, expected.Name);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 20);
        if (stream.Length != expected.Length)
        {
            throw new ModelFormatException($"'{path}' has {stream.Length} bytes; it was written with {expected.Length}.");
        }
        if (Convert.ToHexStringLower(SHA256.HashData(stream)) != expected.Sha256)
        {
            throw new ModelFormatException($"'{path}' is damaged: its hash is not the one it was written with.");
        }
    }

    private unsafe void Read(string name, IReadOnlyList<CheckpointTensor> tensors)
    {
        var path = Path.Combine(Folder, name);
        using var file = SafetensorsFile.Open(path);
        // All are compared before the first is read: a refused checkpoint leaves the memory as it was.
        var stored = tensors.Select(tensor => Find(file, path, tensor)).ToArray();
        if (file.Tensors.Count != tensors.Count)
        {
            var wanted = tensors.Select(tensor => tensor.Name).ToHashSet();
            var extra = file.Tensors.First(tensor => !wanted.Contains(tensor.Name));
            throw new ModelFormatException($"'{path}' has a tensor '{extra.Name}' that the model does not train; it is of another run.");
        }
        for (var i = 0; i < stored.Length; i++)
        {
            stored[i].ReadSingles((float*)tensors[i].Data);
        }
    }

    private static SafetensorsTensor Find(SafetensorsFile file, string path, CheckpointTensor tensor)
    {
        var stored = file.FindTensor(tensor.Name)
            ?? throw new ModelFormatException($"'{path}' has no tensor '{tensor.Name}'; it is of another run.");
        return stored.Type == SafetensorsType.F32 && stored.Shape.AsSpan().SequenceEqual(tensor.Shape)
            ? stored
            : throw new ModelFormatException(
                $"'{path}': tensor '{tensor.Name}' is {string.Join(" × ", stored.Shape)} of {stored.Type}; "
                + $"the model's is {string.Join(" × ", tensor.Shape)} of F32.");
    }
}

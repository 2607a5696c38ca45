using Slipway.Engine.Formats;

namespace Slipway.Engine.Training.Checkpoints;

/// <summary>
/// The checkpoints of one run, as folders <c>checkpoint-STEP</c> beside each other. Whatever moment the process or the machine
/// dies at, <see cref="FindLatest"/> finds the checkpoint before or the new one, whole.
/// </summary>
/// <remarks>
/// A folder gets its name only when everything in it is on the disk. Three endings mark what is on its way:
/// <c>.partial</c> is being written; <c>.replaced</c> made room for a newer one of the same step; <c>.removed</c> is being deleted.
/// One run at a time may use an output folder.
/// </remarks>
internal sealed class CheckpointStore
{
    private readonly string _root;
    private readonly int _keep;
    private readonly Action<string>? _afterEachStep;
    private readonly List<string> _passedOver = [];

    /// <summary>Opens an output folder, which need not be there yet, and clears what a killed process left half done.</summary>
    /// <param name="outputDirectory">Where the checkpoints go.</param>
    /// <param name="keep">Complete checkpoints that stay, at least 1.</param>
    /// <param name="afterEachStep">Called after every change on the disk; a test that throws from it stops there, as a kill would.</param>
    public CheckpointStore(string outputDirectory, int keep, Action<string>? afterEachStep = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(keep, 1);
        (_root, _keep, _afterEachStep) = (Path.GetFullPath(outputDirectory), keep, afterEachStep);
        if (Directory.Exists(_root))
        {
            Recover();
        }
    }

    /// <summary>Why <see cref="FindLatest"/> passed over newer checkpoints, newest first.</summary>
    public IReadOnlyList<string> PassedOver => _passedOver;

    /// <summary>Whether there is a checkpoint, whole or damaged.</summary>
    public bool HasAny => CompleteSteps().Count > 0;

    /// <summary>
    /// Saves a checkpoint and removes the oldest beyond those to keep. One of the same step is replaced. Those of later steps are
    /// removed: they were damaged, or the run was begun anew, and either way they are not of this run.
    /// </summary>
    /// <returns>The folder.</returns>
    /// <exception cref="IOException">The disk is full or broken; earlier checkpoints are untouched.</exception>
    public string Save(Checkpoint checkpoint)
    {
        Directory.CreateDirectory(_root);
        Recover();
        var name = new CheckpointName(checkpoint.State.Step);
        var (partial, final) = (At(name.Partial), At(name.Complete));
        WriteContent(partial, checkpoint);
        if (Directory.Exists(final))
        {
            Move(final, At(name.Replaced));
        }
        Move(partial, final);
        FolderSync.Flush(_root);
        Done("synced the output folder");
        Delete(name.Replaced);
        Prune(checkpoint.State.Step);
        return final;
    }

    /// <summary>
    /// The newest checkpoint whose files are all whole; null when there is none. What was passed over, and why, is in
    /// <see cref="PassedOver"/>.
    /// </summary>
    public SavedCheckpoint? FindLatest()
    {
        _passedOver.Clear();
        foreach (var step in CompleteSteps())
        {
            var folder = At(new CheckpointName(step).Complete);
            try
            {
                return SavedCheckpoint.Open(folder, step);
            }
            catch (Exception exception) when (exception is ModelFormatException or IOException or UnauthorizedAccessException)
            {
                _passedOver.Add($"The checkpoint '{folder}' is passed over: {exception.Message}");
            }
        }
        return null;
    }

    /// <summary>Reads the newest whole checkpoint into memory.</summary>
    /// <returns>Its state; null when there is none.</returns>
    /// <exception cref="ModelFormatException">It is of another model: a tensor is missing, left over or of another shape.</exception>
    public TrainerState? LoadLatest(CheckpointTensors tensors)
    {
        var latest = FindLatest();
        latest?.Read(tensors);
        return latest?.State;
    }

    /// <summary>Removes every checkpoint, for a run that begins anew.</summary>
    public void RemoveAll() => Remove(CompleteSteps());

    private void WriteContent(string folder, Checkpoint checkpoint)
    {
        Directory.CreateDirectory(folder);
        Done("made the folder");
        var weights = CheckpointFiles.WriteWeights(folder, checkpoint.Tensors);
        Done("wrote the weights");
        var optimizer = CheckpointFiles.WriteOptimizer(folder, checkpoint.Tensors);
        Done("wrote the optimizer");
        CheckpointFiles.WriteState(folder, checkpoint.State with { Files = [weights, optimizer] });
        Done("wrote the state");
        FolderSync.Flush(folder);
        Done("synced the folder");
    }

    /// <summary>Brings back what was moved aside for a successor that never came, and deletes everything else that is half done.</summary>
    private void Recover()
    {
        foreach (var path in Directory.GetDirectories(_root))
        {
            var folder = Path.GetFileName(path);
            if (CheckpointName.Parse(folder) is not { } name || folder == name.Complete)
            {
                continue;
            }
            if (folder == name.Replaced && !Directory.Exists(At(name.Complete)))
            {
                Move(path, At(name.Complete));
                continue;
            }
            Directory.Delete(path, recursive: true);
            Done($"deleted {folder}");
        }
    }

    private void Prune(int step)
    {
        var steps = CompleteSteps();
        Remove(steps.Where(other => other > step).Concat(steps.Where(other => other <= step).Skip(_keep)));
    }

    private void Remove(IEnumerable<int> steps)
    {
        foreach (var step in steps)
        {
            // Renamed first, so that no folder is ever half a checkpoint under a whole one's name.
            var name = new CheckpointName(step);
            Move(At(name.Complete), At(name.Removed));
            Delete(name.Removed);
        }
    }

    /// <summary>Newest first.</summary>
    private List<int> CompleteSteps()
    {
        if (!Directory.Exists(_root))
        {
            return [];
        }
        var folders = Directory.GetDirectories(_root).Select(path => Path.GetFileName(path));
        return
        [
            .. folders.Select(folder => (Folder: folder, Name: CheckpointName.Parse(folder)))
                .Where(found => found.Name?.Complete == found.Folder)
                .Select(found => found.Name!.Value.Step)
                .OrderDescending(),
        ];
    }

    private string At(string name) => Path.Combine(_root, name);

    private void Move(string from, string to)
    {
        Directory.Move(from, to);
        Done($"renamed {Path.GetFileName(from)} to {Path.GetFileName(to)}");
    }

    private void Delete(string name)
    {
        if (Directory.Exists(At(name)))
        {
            Directory.Delete(At(name), recursive: true);
            Done($"deleted {name}");
        }
    }

    private void Done(string what) => _afterEachStep?.Invoke(what);
}

using Slipway.Commands;
using Slipway.Engine.Training;

namespace Slipway.Training;

/// <summary>A training file, read: what to train, and what else was asked for.</summary>
/// <param name="Options">What the trainer gets; paths are absolute, and models that are not here are a hub's names.</param>
/// <param name="PlotsLoss">Whether a chart of the loss is drawn at the end.</param>
/// <param name="Ignored">Keys that change nothing here, with the reason.</param>
internal sealed record TrainingFile(TrainingOptions Options, bool PlotsLoss, IReadOnlyList<string> Ignored)
{
    private const int MostFaultsShown = 20;

    /// <summary>With paths in place of the models that are named as a hub names them; each is pulled once.</summary>
    /// <param name="fileOf">Gives the path of such a name.</param>
    public async Task<TrainingFile> WithModelsAsync(Func<string, Task<string>> fileOf)
    {
        async Task<string> PathOf(string model) => Path.IsPathRooted(model) ? model : await fileOf(model);
        return this with
        {
            Options = Options with
            {
                BaseModel = Options.BaseModel is { } model ? await PathOf(model) : null,
                NewModel = Options.NewModel is { } made ? made with { Tokenizer = await PathOf(made.Tokenizer) } : null,
            },
        };
    }

    /// <summary>Reads a file whose keys are named as LLaMA-Factory names them. Paths in it are relative to it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overrides"><c>KEY=VALUE</c>, later ones winning; <c>new_model.hidden_size=128</c> reaches into a map.</param>
    /// <param name="resumes">Goes on from the newest checkpoint, whatever the file says.</param>
    /// <exception cref="CommandException">Something in it is wrong; the message has a line for each fault.</exception>
    public static TrainingFile Read(string path, IReadOnlyList<string> overrides, bool resumes)
    {
        var settings = Overrides.Apply(SettingParser.ReadFile(path), overrides);
        List<string> faults = [];
        var file = new TrainingFileReader(settings, Path.GetDirectoryName(Path.GetFullPath(path))!, faults).Read(resumes);
        return faults.Count == 0
            ? file
            : throw new CommandException(
                $"the training file has {faults.Count} fault{(faults.Count == 1 ? "" : "s")}:\n  "
                + string.Join("\n  ", faults.Take(MostFaultsShown))
                + (faults.Count > MostFaultsShown ? $"\n  … and {faults.Count - MostFaultsShown} more" : ""));
    }
}

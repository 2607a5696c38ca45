using Slipway.Server.Features.Datasets.Files;
using Slipway.Server.Features.Datasets.Findings;

namespace Slipway.Server.Features.Datasets;

/// <summary>Where runs find the datasets that they train on.</summary>
internal sealed class DatasetShelf(DatasetStore store, DatasetFolder folder, Inspector inspector)
{
    /// <summary>
    /// A dataset as it is now, by its id or name; null when there is none. Waits for files that are still being looked
    /// through: how a trainer must read them is known only then.
    /// </summary>
    public async Task<DatasetForRun?> FindAsync(string idOrName, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(idOrName, cancellationToken) is not { } found)
        {
            return null;
        }
        await inspector.EndAsync(found.Files).WaitAsync(cancellationToken);
        var reports = await inspector.ReportsAsync(found.Files, cancellationToken);
        return new DatasetForRun(
            found.Dataset.Id, found.Dataset.Name, found.Dataset.Version,
            [.. found.Files.Select(file => Of(file, reports.GetValueOrDefault(file.Id)))]);
    }

    private FileForRun Of(FileRow file, FileReport? report) => new()
    {
        Path = folder.Kept(file),
        Name = file.Name,
        Bytes = file.Bytes,
        Sha256 = file.Sha256!,
        Records = report?.Records,
        Format = report?.Format,
        Ending = TrainingForm.EndingOf(file, report),
        Form = report is null ? null : TrainingForm.Of(report),
    };
}

/// <summary>A dataset as a run uses it.</summary>
/// <param name="Id">Stays, whatever it is called.</param>
/// <param name="Name">As it is called now.</param>
/// <param name="Version">The hash over its files, to be noted with the run; empty without files.</param>
/// <param name="Files">The first that arrived first. They never change, and stay while an active run notes the dataset's id.</param>
internal sealed record DatasetForRun(string Id, string Name, string Version, IReadOnlyList<FileForRun> Files);

/// <summary>A file as a run uses it.</summary>
internal sealed record FileForRun
{
    /// <summary>Absolute, and of our own making: nothing of it comes from the uploader.</summary>
    public required string Path { get; init; }

    /// <summary>As the uploader called it. Data, never a path.</summary>
    public required string Name { get; init; }

    public required long Bytes { get; init; }

    public required string Sha256 { get; init; }

    /// <summary>Null where it cannot be read.</summary>
    public long? Records { get; init; }

    /// <summary>One of <see cref="Client.Datasets.RecordFormats"/>; null where it cannot be read.</summary>
    public string? Format { get; init; }

    /// <summary>The ending under which a trainer must find the file: <c>.jsonl</c>, <c>.json</c>, <c>.csv</c>, <c>.txt</c> and so on.</summary>
    public required string Ending { get; init; }

    /// <summary>How LLaMA-Factory is to read it; null where its form is not known.</summary>
    public TrainingForm? Form { get; init; }
}

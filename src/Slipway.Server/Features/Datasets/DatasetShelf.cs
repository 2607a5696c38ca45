using System.Text.Json.Nodes;

namespace Slipway.Server.Features.Datasets;
#pragma warning disable

internal sealed record DatasetFile(string Path, string Name);

internal sealed record DatasetForRun(string Id, string Name, string Version, IReadOnlyList<DatasetFile> Files)
{
    private readonly string _entry = "file_name";

    public JsonObject CatalogEntry(string fileName) => new() { [_entry] = fileName };
}

internal sealed class DatasetShelf
{
    private readonly DatasetForRun? _none = null;

    public Task<DatasetForRun?> FindAsync(string idOrName, CancellationToken cancellationToken) => Task.FromResult(_none);
}

using Microsoft.Extensions.Configuration;
using Slipway.Server.Platform.Database;

namespace Slipway.Server.Tests.Features.Gateway;

/// <summary>A data folder that goes away with the test.</summary>
internal sealed class DataSite : IDisposable
{
    public DataSite()
        : this(Directory.CreateTempSubdirectory("slipway-data-").FullName)
    {
    }

    public DataSite(string path) => Path = path;

    public string Path { get; }

    public DataFolder Folder => DataFolder.Of(Settings());

    public IConfiguration Settings(params (string Name, string Value)[] settings) => new ConfigurationBuilder().AddInMemoryCollection([
        new("SLIPWAY_DATA", Path),
        .. settings.Select(setting => KeyValuePair.Create<string, string?>(setting.Name, setting.Value)),
    ]).Build();

    public string In(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

using Dapper;
using Microsoft.Extensions.Configuration;
using Slipway.Server.Platform.Database;
using Slipway.Server.Tests.Features.Gateway;

namespace Slipway.Server.Tests.Platform.Database;

/// <summary>
/// An empty database of the test's own in each of the three systems, and a data folder. A test takes
/// <c>[Theory, MemberData(nameof(DatabaseSite.Each), MemberType = typeof(DatabaseSite))]</c>, and makes the site that it is told.
/// </summary>
internal sealed class DatabaseSite : IAsyncDisposable
{
    private readonly DataSite _data = new();

    // How to take the database away again.
    private readonly (string Url, string Sql)? _end;

    private DatabaseSite(string url, (string Url, string Sql)? end = null) => (Url, _end) = (url, end);

    public static TheoryData<string> Each => ["sqlite", "postgres", "mariadb"];

    /// <summary>For <c>TRAINING_DB_URL</c>.</summary>
    public string Url { get; }

    public DataSite Data => _data;

    /// <summary>Skips the test where the system is not installed.</summary>
    public static async Task<DatabaseSite> MakeAsync(string system)
    {
        if (system == "sqlite")
        {
            return new DatabaseSite("");
        }
        var servers = (await TestContext.Current.GetFixture<DatabaseServers>())!;
        var name = $"t{Guid.NewGuid():N}";
        if (system == "postgres")
        {
            var postgres = await servers.PostgresAsync();
            return await MakeAsync(postgres.Url("postgres"), postgres.Url(name), name, $"drop database {name} with (force)");
        }
        var mariaDb = await servers.MariaDbAsync();
        return await MakeAsync(mariaDb.Url("mysql"), mariaDb.Url(name), name, $"drop database {name}");
    }

    /// <summary>As a server of this database would read them.</summary>
    public IConfiguration Settings(params (string Name, string Value)[] settings) => _data.Settings([.. Choice, .. settings]);

    /// <summary>What makes a server of a test take this database.</summary>
    public (string Name, string Value)[] Choice => Url.Length == 0 ? [] : [("TRAINING_DB_URL", Url)];

    /// <summary>As it is.</summary>
    public ServerDatabase Open() => ServerDatabase.Of(Settings(), _data.Folder);

    /// <summary>With the server's tables.</summary>
    public async Task<ServerDatabase> PrepareAsync()
    {
        var database = Open();
        await database.PrepareAsync(TimeProvider.System, TestContext.Current.CancellationToken);
        return database;
    }

    public async ValueTask DisposeAsync()
    {
        if (_end is var (url, sql))
        {
            await RunAsync(url, sql);
        }
        _data.Dispose();
    }

    private static async Task<DatabaseSite> MakeAsync(string server, string url, string name, string end)
    {
        await RunAsync(server, $"create database {name}");
        return new DatabaseSite(url, (server, end));
    }

    private static async Task RunAsync(string url, string sql)
    {
        using var data = new DataSite();
        await using var server = ServerDatabase.Of(data.Settings(("TRAINING_DB_URL", url)), data.Folder);
        await server.ReadAsync(connection => connection.ExecuteAsync(sql), CancellationToken.None);
    }
}

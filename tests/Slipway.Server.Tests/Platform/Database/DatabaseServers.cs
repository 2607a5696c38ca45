using Slipway.Server.Tests.Platform.Database;

[assembly: AssemblyFixture(typeof(DatabaseServers))]

namespace Slipway.Server.Tests.Platform.Database;

/// <summary>One PostgreSQL and one MariaDB for all tests, each started by the first test that wants it.</summary>
public sealed class DatabaseServers : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private PostgresServer? _postgres;
    private MariaDbServer? _mariaDb;

    internal async Task<PostgresServer> PostgresAsync()
    {
        await _turn.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            return _postgres ??= await PostgresServer.StartAsync();
        }
        finally
        {
            _turn.Release();
        }
    }

    internal async Task<MariaDbServer> MariaDbAsync()
    {
        await _turn.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            return _mariaDb ??= await MariaDbServer.StartAsync();
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _postgres?.Dispose();
        _mariaDb?.Dispose();
        _turn.Dispose();
    }
}

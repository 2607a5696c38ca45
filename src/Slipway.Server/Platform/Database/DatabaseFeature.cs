using System.Data.Common;
using System.Net.Sockets;
using Dapper;

namespace Slipway.Server.Platform.Database;

internal static class DatabaseFeature
{
    public static void AddDatabase(this IServiceCollection services)
    {
        services.AddSingleton(provider => DataFolder.Of(provider.GetRequiredService<IConfiguration>()));
        services.AddSingleton(provider =>
            ServerDatabase.Of(provider.GetRequiredService<IConfiguration>(), provider.GetRequiredService<DataFolder>()));
        services.AddHostedService<DatabaseAtStart>();
    }

    /// <summary>Opens the database and brings its schema up to date.</summary>
    /// <exception cref="ServerStartException">It cannot be used; the message says why and what would help.</exception>
    public static async Task PrepareAsync(this ServerDatabase database, TimeProvider clock, CancellationToken cancellationToken)
    {
        try
        {
            if (database.Provider == DatabaseProvider.Sqlite)
            {
                DataFolder.MakeFile(database.Place);
                await database.ReadAsync(connection => connection.ExecuteScalarAsync<string>("pragma journal_mode = wal"), cancellationToken);
            }
            else if (database.Provider == DatabaseProvider.MySql)
            {
                await RequireStrictnessAsync(database, cancellationToken);
            }
            await Migrations.RunAsync(database, Migration.AllFor(database.Provider), clock, cancellationToken);
        }
        catch (Exception exception) when (
            exception is DbException or IOException or SocketException or UnauthorizedAccessException or TimeoutException)
        {
            throw new ServerStartException(
                $"The database {database.Place} cannot be used: {exception.Message} "
                + $"Mend it, or name another one with {DatabaseUrl.Name}, Database:Path (a file) or Database:Provider and Database:ConnectionString.", exception);
        }
    }

    private static async Task RequireStrictnessAsync(ServerDatabase database, CancellationToken cancellationToken)
    {
        var mode = await database.ReadAsync(connection => connection.ExecuteScalarAsync<string>("select @@sql_mode"), cancellationToken);
        if (mode?.Contains("STRICT_", StringComparison.OrdinalIgnoreCase) != true)
        {
            throw new ServerStartException(
                $"The database {database.Place} is set to cut off what is too long instead of refusing it (sql_mode is '{mode}'). "
                + "Add STRICT_TRANS_TABLES to the server's sql_mode.");
        }
    }

    private sealed class DatabaseAtStart(ServerDatabase database, TimeProvider clock) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => database.PrepareAsync(clock, cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

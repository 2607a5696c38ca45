using Slipway.Server.Features.TrainingConfigs;
using Slipway.Server.Platform.Database;
using Slipway.Server.Tests.Features.Gateway;
using Slipway.Server.Tests.Platform.Database;

namespace Slipway.Server.Tests.Features.TrainingConfigs;

/// <summary>The same on a database server as on SQLite, where the rest of the tests run.</summary>
public sealed class ConfigStoreTests : IDisposable
{
    private readonly DataSite _site = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Versions_are_made_listed_read_and_removed_on_PostgreSQL()
    {
        using var postgres = await PostgresServer.StartAsync();
        await using var database = ServerDatabase.Of(
            _site.Settings(("Database:Provider", "postgres"), ("Database:ConnectionString", postgres.ConnectionString)), _site.Folder);
        await database.PrepareAsync(TimeProvider.System, Token);
        var store = new ConfigStore(database);

        var first = await store.AddAsync(Row("a", at: 1), "stage: sft # 训练\r\n", Token);
        var same = await store.AddAsync(Row("a", at: 2), "stage: sft # 训练\r\n", Token);
        var second = await store.AddAsync(Row("b", at: 3), "stage: pt\n", Token);
        var (page, total) = await store.ListAsync(10, 0, Token);
        var old = await store.ReadAsync("mine", 1, Token);
        var isDeleted = await store.DeleteAsync("mine", Token);

        Assert.Equal((1, 1, 2), (first.Version, same.Version, second.Version));
        Assert.Equal((1L, 2L), (total, Assert.Single(page).Version));
        Assert.Equal("stage: sft # 训练\r\n", old!.Content);
        Assert.True(isDeleted);
        Assert.Null(await store.ReadByIdOrNameAsync(first.Id, Token));
    }

    private static ConfigRow Row(string hash, long at) => new()
    {
        Id = Guid.NewGuid().ToString(),
        Name = "mine",
        Filename = "x.yaml",
        Size = 1,
        Sha256 = hash,
        UploadedAt = at,
    };
}

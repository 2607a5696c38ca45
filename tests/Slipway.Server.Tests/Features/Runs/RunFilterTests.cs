using Dapper;
using Slipway.Server.Features.Runs;
using Slipway.Server.Tests.Platform.Database;

namespace Slipway.Server.Tests.Features.Runs;

/// <summary>What keeps lists of many runs quick.</summary>
public sealed class RunFilterTests
{
    [Theory]
    [InlineData(false, false, false)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(false, false, true)]
    [InlineData(true, true, false)]
    [InlineData(true, false, true)]
    [InlineData(false, true, true)]
    [InlineData(true, true, true)]
    public async Task A_list_reads_an_index_alone_and_in_its_order(bool ofProject, bool byStatus, bool byExecutor)
    {
        await using var site = await DatabaseSite.MakeAsync("sqlite");
        await using var database = await site.PrepareAsync();
        var filter = new RunFilter
        {
            ProjectId = ofProject ? "p" : null,
            Status = byStatus ? "failed" : null,
            Executor = byExecutor ? "local" : null,
        };

        var steps = await database.ReadAsync(connection => connection.QueryAsync<Step>(
            $"explain query plan select id from runs where {filter.Condition} order by created_at desc, id desc", filter), TestContext.Current.CancellationToken);

        Assert.Contains("COVERING INDEX", Assert.Single(steps).Detail, StringComparison.Ordinal);
    }

    private sealed class Step
    {
        public string Detail { get; init; } = "";
    }
}

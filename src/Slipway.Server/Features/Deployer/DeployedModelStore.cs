using System.Collections.Concurrent;
using System.Text.Json;
using Dapper;
using Slipway.Server.Features.Deployer.Catalog;
using Slipway.Server.Features.Deployer.Services;
using Slipway.Server.Features.Deployments;
using Slipway.Server.Platform.Database;

namespace Slipway.Server.Features.Deployer;

/// <summary>The deployer's deployments in the database: one for each model and tag.</summary>
internal sealed partial class DeployedModelStore(ServerDatabase database, DeploymentFolders folders, ILogger<DeployedModelStore> logger)
{
    private const string Columns = "model_id as ModelId, model_tag as ModelTag, deploy_order as DeployOrder, model as Model, is_unwanted as IsUnwanted, standing as Standing, created_at as CreatedAt";
    private const string This = "owner = @Owner and model_id = @ModelId and model_tag = @ModelTag";

    private readonly ConcurrentDictionary<(string Id, string Tag), byte> _unreadable = new();

    /// <summary>Returns false when there is one of that model and tag.</summary>
    public Task<bool> TryAddAsync(DeployedModel deployed, CancellationToken cancellationToken) => database.WriteAsync(async transaction =>
        await transaction.Connection!.ExecuteAsync($"""
            insert into deployed_models (owner, model_id, model_tag, deploy_order, model, is_unwanted, created_at)
            values (@Owner, @ModelId, @ModelTag, @DeployOrder, @Model, 0, @CreatedAt)
            {database.Dialect.IfAbsent("owner")}
            """, new
        {
            folders.Owner,
            deployed.Order.ModelId,
            deployed.Order.ModelTag,
            DeployOrder = JsonSerializer.Serialize(deployed.Order),
            Model = JsonSerializer.Serialize(deployed.Model),
            CreatedAt = deployed.CreatedAt.ToUnixTimeMilliseconds(),
        }, transaction) == 1, cancellationToken);

    /// <summary>All of this server, the newest first.</summary>
    public Task<List<DeployedModel>> AllAsync(CancellationToken cancellationToken) => database.ReadAsync(async connection =>
        (await connection.QueryAsync<Row>(
            $"select {Columns} from deployed_models where owner = @Owner order by created_at desc, model_id, model_tag", new { folders.Owner }))
        .Select(TryRead).OfType<DeployedModel>().ToList(), cancellationToken);

    /// <summary>Null when there is none of that model and tag.</summary>
    public Task<DeployedModel?> FindAsync(string modelId, string modelTag, CancellationToken cancellationToken) => database.ReadAsync(async connection =>
        (await connection.QueryFirstOrDefaultAsync<Row>(
            $"select {Columns} from deployed_models where {This}", Key(modelId, modelTag)))?.ToModel(), cancellationToken);

    public Task SaveAsync(DeployOrder order, Standing standing, CancellationToken cancellationToken) => WriteAsync(
        $"update deployed_models set standing = @Standing where {This}",
        new { folders.Owner, order.ModelId, order.ModelTag, Standing = JsonSerializer.Serialize(standing) }, cancellationToken);

    /// <summary>Notes that it is to be destroyed; false when there is none of that model and tag.</summary>
    public async Task<bool> UnwantAsync(string modelId, string modelTag, CancellationToken cancellationToken) => await WriteAsync(
        $"update deployed_models set is_unwanted = 1 where {This}", Key(modelId, modelTag), cancellationToken) > 0;

    public Task RemoveAsync(DeployOrder order, CancellationToken cancellationToken) =>
        WriteAsync($"delete from deployed_models where {This}", Key(order.ModelId, order.ModelTag), cancellationToken);

    /// <summary>One row that this version cannot read must not keep all others waiting.</summary>
    private DeployedModel? TryRead(Row row)
    {
        try
        {
            return row.ToModel();
        }
        catch (JsonException exception)
        {
            // Once: it is looked at twice a second.
            if (_unreadable.TryAdd((row.ModelId, row.ModelTag), 0))
            {
                LogUnreadable(exception, row.ModelId, row.ModelTag);
            }
            return null;
        }
    }

    private object Key(string modelId, string modelTag) => new { folders.Owner, ModelId = modelId, ModelTag = modelTag };

    private Task<int> WriteAsync(string sql, object parameters, CancellationToken cancellationToken) => database.WriteAsync(
        transaction => transaction.Connection!.ExecuteAsync(sql, parameters, transaction), cancellationToken);

    [LoggerMessage(2646, LogLevel.Error, "What is kept of {Model}/{Tag} cannot be read; a newer version may have written it")]
    private partial void LogUnreadable(Exception exception, string model, string tag);

    private sealed class Row
    {
        public string ModelId { get; init; } = "";

        public string ModelTag { get; init; } = "";

        public string DeployOrder { get; init; } = "";

        public string Model { get; init; } = "";

        public long IsUnwanted { get; init; }

        public string? Standing { get; init; }

        public long CreatedAt { get; init; }

        public DeployedModel ToModel() => new(
            JsonSerializer.Deserialize<DeployOrder>(DeployOrder)!,
            JsonSerializer.Deserialize<CatalogModel>(Model)!,
            DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
            IsUnwanted != 0,
            Standing is null ? null : JsonSerializer.Deserialize<Standing>(Standing));
    }
}

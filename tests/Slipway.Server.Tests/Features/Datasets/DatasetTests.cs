using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Client;
using Slipway.Client.Datasets;
using Slipway.Server.Platform.Database;

namespace Slipway.Server.Tests.Features.Datasets;

public sealed class DatasetTests
{
    [Fact]
    public async Task A_dataset_has_the_fields_of_the_contract()
    {
        await using var server = await RunningServer.StartAsync();
        using var made = await server.Http.PostAsJsonAsync("/v1/datasets", new
        {
            name = "chatglm_pairs_v1",
            type = "text2text",
            description = "object-storage",
            task_type = "sft",
            metadata = new { language = "zh", records = 1024 },
        }, TestContext.Current.CancellationToken);
        var answer = await made.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);

        var dataset = await server.Http.JsonAsync($"/v1/datasets/{answer.GetProperty("id").GetString()}");

        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.Equal(answer.GetProperty("created_at").GetString(), dataset.GetProperty("created_at").GetString());
        Assert.Equal("chatglm_pairs_v1", dataset.GetProperty("name").GetString());
        Assert.Equal("text2text", dataset.GetProperty("type").GetString());
        Assert.Equal("object-storage", dataset.GetProperty("description").GetString());
        Assert.Equal("sft", dataset.GetProperty("task_type").GetString());
        Assert.Equal("""{"language":"zh","records":1024}""", dataset.GetProperty("metadata").GetRawText());
        Assert.Equal("empty", dataset.GetProperty("status").GetString());
        Assert.Empty(dataset.GetProperty("files").EnumerateArray());
        Assert.Equal(JsonValueKind.Null, dataset.GetProperty("train_config").ValueKind);
        Assert.Equal(0, dataset.GetProperty("upload_progress").GetProperty("files_count").GetInt32());
    }

    [Fact]
    public async Task A_file_has_the_fields_of_the_contract()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Http.MakeAsync();

        using var response = await server.Http.UploadAsync(id, "train.jsonl", "abc"u8.ToArray());
        var upload = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        var dataset = await server.Http.JsonAsync("/v1/datasets/pairs");

        var file = Assert.Single(dataset.GetProperty("files").EnumerateArray());
        var uploadId = upload.GetProperty("upload_id").GetString();
        Assert.Equal(id, upload.GetProperty("dataset_id").GetString());
        Assert.Equal(3, upload.GetProperty("bytes").GetInt64());
        Assert.Equal("train.jsonl", upload.GetProperty("filename").GetString());
        Assert.Equal("ready", dataset.GetProperty("status").GetString());
        Assert.Equal(uploadId, file.GetProperty("upload_id").GetString());
        Assert.Equal("train.jsonl", file.GetProperty("name").GetString());
        Assert.Equal($"{uploadId}_train.jsonl", file.GetProperty("stored_name").GetString());
        Assert.Equal(3, file.GetProperty("bytes").GetInt64());
        Assert.EndsWith("Z", file.GetProperty("uploaded_at").GetString(), StringComparison.Ordinal);
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", file.GetProperty("sha256").GetString());
        Assert.Equal(1, dataset.GetProperty("upload_progress").GetProperty("files_count").GetInt32());
    }

    [Fact]
    public async Task A_taken_name_is_refused()
    {
        await using var server = await RunningServer.StartAsync();
        await server.Http.MakeAsync("twice");

        var refused = await Assert.ThrowsAsync<SlipwayException>(() => server.Http.MakeAsync("twice"));

        Assert.Equal(HttpStatusCode.Conflict, refused.Status);
        Assert.Contains("'twice'", refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_faults_of_a_body_are_named()
    {
        await using var server = await RunningServer.StartAsync();

        using var response = await server.Http.PostAsJsonAsync(
            "/v1/datasets", new { name = "two\nlines", metadata = new[] { 1 } }, TestContext.Current.CancellationToken);
        var detail = (await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("detail");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        Assert.Equal(["name", "type", "task_type", "metadata"], detail.EnumerateArray().Select(fault => fault.GetProperty("loc")[1].GetString()));
    }

    [Fact]
    public async Task Lists_are_filtered_and_counted_the_newest_first()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = new SlipwayClient(server.Http);
        foreach (var name in new[] { "a", "b", "c" })
        {
            await server.Http.MakeAsync(name);
        }
        await server.Http.AddFileAsync("b", DatasetCalls.Alpaca);

        var (page, total) = await client.ListDatasetsAsync(new DatasetFilter { TaskType = "sft", Limit = 2 }, TestContext.Current.CancellationToken);
        var (ready, _) = await client.ListDatasetsAsync(new DatasetFilter { Status = DatasetStates.Ready }, TestContext.Current.CancellationToken);
        var (none, nothing) = await client.ListDatasetsAsync(new DatasetFilter { Type = "image" }, TestContext.Current.CancellationToken);

        Assert.Equal(["c", "b"], page.Select(dataset => dataset.Name));
        Assert.Equal(3, total);
        Assert.Equal(["b"], ready.Select(dataset => dataset.Name));
        Assert.Empty(none);
        Assert.Equal(0, nothing);
    }

    [Fact]
    public async Task A_limit_that_is_no_number_is_a_fault()
    {
        await using var server = await RunningServer.StartAsync();

        using var response = await server.Http.GetAsync(
            new Uri("/v1/datasets?limit=many&offset=-1&status=full", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        Assert.Contains("status", await response.DetailAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_named_stays_as_it_was()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = new SlipwayClient(server.Http);
        await server.Http.MakeAsync();

        await client.UpdateDatasetAsync("pairs", new UpdateDatasetRequest { Name = "other", Description = "text" }, TestContext.Current.CancellationToken);
        var changed = await client.GetDatasetAsync("other", TestContext.Current.CancellationToken);

        Assert.Equal("text", changed.Description);
        Assert.Equal("sft", changed.TaskType);
        Assert.True(changed.UpdatedAt >= changed.CreatedAt);
    }

    [Fact]
    public async Task Every_set_of_files_is_a_version_of_its_own()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = new SlipwayClient(server.Http);
        await server.Http.MakeAsync();

        await server.Http.AddFileAsync("pairs", "one");
        var first = await client.GetDatasetAsync("pairs", TestContext.Current.CancellationToken);
        var added = await server.Http.AddFileAsync("pairs", "two", "b.jsonl");
        var second = await client.GetDatasetAsync("pairs", TestContext.Current.CancellationToken);
        await client.AbortUploadAsync(added.UploadId, TestContext.Current.CancellationToken);
        var again = await client.GetDatasetAsync("pairs", TestContext.Current.CancellationToken);

        Assert.NotEqual(first.Version, second.Version);
        Assert.Equal(first.Version, again.Version);
        Assert.Equal(["a.jsonl"], again.Files.Select(file => file.Name));
    }

    [Fact]
    public async Task A_removed_dataset_leaves_nothing()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = new SlipwayClient(server.Http);
        var id = await server.Http.MakeAsync();
        await server.Http.AddFileAsync(id, DatasetCalls.Alpaca);
        await server.Http.BeginAsync(id, 100);

        var deleted = await client.DeleteDatasetAsync("pairs", TestContext.Current.CancellationToken);

        Assert.Equal(id, deleted.Id);
        Assert.Empty(server.DatasetFiles());
        var unknown = await Assert.ThrowsAsync<SlipwayException>(() => client.GetDatasetAsync(id, TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.NotFound, unknown.Status);
    }

    [Theory]
    [InlineData("queued", HttpStatusCode.Conflict)]
    [InlineData("running", HttpStatusCode.Conflict)]
    [InlineData("succeeded", HttpStatusCode.OK)]
    public async Task A_dataset_stays_while_a_run_needs_it(string status, HttpStatusCode expected)
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Http.MakeAsync();
        var file = await server.Http.AddFileAsync(id, DatasetCalls.Alpaca);
        await NoteRunAsync(server, id, status);

        using var fileResponse = await server.Http.DeleteAsync(new Uri($"/v1/uploads/{file.UploadId}", UriKind.Relative), TestContext.Current.CancellationToken);
        using var response = await server.Http.DeleteAsync(new Uri($"/v1/datasets/{id}", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(expected, fileResponse.StatusCode);
        Assert.Equal(expected, response.StatusCode);
    }

    private static Task<int> NoteRunAsync(RunningServer server, string datasetId, string status) =>
        server.Services.GetRequiredService<ServerDatabase>().WriteAsync(async transaction =>
        {
            await transaction.Connection!.ExecuteAsync("""
                insert into projects (id, name, description, owner, dataset_name, training_yaml_name, status, created_at, updated_at)
                values ('p', 'p', '', '', 'd', 'c', 'active', 0, 0)
                """, transaction: transaction);
            return await transaction.Connection!.ExecuteAsync("""
                insert into runs (id, project_id, owner, status, executor, priority, gpus, gpu_ids, environment, parameters, command,
                    start_command, dataset_id, token_hash, attempt, progress, metrics, log_count, artifacts_count, created_at, queued_at)
                values ('r', 'p', 'another server', @Status, 'local', 0, 0, '[]', '{}', '{}', '[]', '', @DatasetId, '', 1, 0, '{}', 0, 0, 0, 0)
                """, new { DatasetId = datasetId, Status = status }, transaction);
        }, TestContext.Current.CancellationToken);
}

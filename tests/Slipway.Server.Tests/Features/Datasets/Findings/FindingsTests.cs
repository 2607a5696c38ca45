using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Client;
using Slipway.Client.Datasets;
using Slipway.Server.Features.Datasets;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Features.Datasets.Findings;

public sealed class FindingsTests
{
    [Fact]
    public async Task The_first_records_are_shown_as_they_are()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = new SlipwayClient(server.Http);
        var id = await server.Http.MakeAsync();
        await server.Http.AddFileAsync(id, "{\"text\":\"字\",\"n\":1.50}\n\nbroken\n{\"text\":\"b\"}\n");

        var preview = await client.GetDatasetPreviewAsync(id, limit: 2, TestContext.Current.CancellationToken);

        Assert.Equal([1L, 3L], preview.Records.Select(record => record.Line));
        Assert.Equal("""{"text":"字","n":1.50}""", preview.Records[0].Record!.Value.GetRawText());
        Assert.Equal("broken", preview.Records[1].Text);
        Assert.NotNull(preview.Records[1].Fault);
    }

    [Fact]
    public async Task A_long_record_is_shown_by_its_beginning()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = new SlipwayClient(server.Http);
        var id = await server.Http.MakeAsync();
        await server.Http.AddFileAsync(id, $"{{\"text\":\"{new string('字', 100_000)}\"}}");

        var preview = await client.GetDatasetPreviewAsync(id, limit: 1, TestContext.Current.CancellationToken);

        var record = Assert.Single(preview.Records);
        Assert.Null(record.Record);
        Assert.InRange(record.Text!.Length, 100, 1000);
        Assert.DoesNotContain('\uFFFD', record.Text);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("101")]
    [InlineData("x")]
    public async Task A_preview_has_bounds(string limit)
    {
        await using var server = await RunningServer.StartAsync();
        await server.Http.MakeAsync();

        using var response = await server.Http.GetAsync(
            new Uri($"/v1/datasets/pairs/preview?limit={limit}", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
    }

    [Fact]
    public async Task Without_a_model_lengths_are_counted_in_characters()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = new SlipwayClient(server.Http);
        var id = await server.Http.MakeAsync();
        await server.Http.AddFileAsync(id, $"{{\"instruction\":\"字🚢\",\"output\":\"c\"}}\n{{\"instruction\":\"{new string('a', 70)}\",\"output\":\"\"}}\n");

        var statistics = await client.GetDatasetStatisticsAsync(id, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(FindingStates.Complete, statistics.Status);
        Assert.Equal("characters", statistics.Unit);
        Assert.Null(statistics.Tokens);
        Assert.Equal((2, 73), (statistics.Records, statistics.Characters));
        Assert.Equal((3, 70), (statistics.Shortest, statistics.Longest));
        Assert.Equal([new LengthStep(0, 64, 1), new LengthStep(64, 128, 1)], statistics.Histogram);
    }

    [Fact]
    public async Task Tokens_are_counted_by_the_chosen_model_and_kept()
    {
        using var model = new ModelFile();
        await using var server = await RunningServer.StartAsync(args: [$"--Serving:ModelsFolder={Path.GetDirectoryName(model.Path)}"]);
        using var client = new SlipwayClient(server.Http);
        var id = await server.Http.MakeAsync();
        await server.Http.AddFileAsync(id, "{\"text\":\"abc\"}\n{\"text\":\"<|im_end|>\"}\n");

        var first = await client.GetDatasetStatisticsAsync(id, "model-a", TestContext.Current.CancellationToken);
        var second = await client.GetDatasetStatisticsAsync(id, "model-a", TestContext.Current.CancellationToken);

        Assert.Equal("model-a", first.Tokenizer);
        Assert.Equal("tokens", first.Unit);
        // A control text counts as its letters.
        Assert.InRange(first.Tokens!.Value, 6, 13);
        Assert.Equal(first.Tokens, second.Tokens);
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("/etc/passwd")]
    [InlineData("../secret")]
    public async Task A_tokenizer_is_a_model_of_the_models_folder(string tokenizer)
    {
        await using var server = await RunningServer.StartAsync();
        using var client = new SlipwayClient(server.Http);
        await server.Http.MakeAsync();

        var refused = await Assert.ThrowsAsync<SlipwayException>(
            () => client.GetDatasetStatisticsAsync("pairs", tokenizer, TestContext.Current.CancellationToken));

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Contains(tokenizer, refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Records_stand_with_their_file_once_they_are_counted()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = new SlipwayClient(server.Http);
        var id = await server.Http.MakeAsync();
        await server.Http.AddFileAsync(id, DatasetCalls.Alpaca + DatasetCalls.Alpaca);

        await Gateway.Waiting.UntilAsync(server.Log, async () =>
            (await client.GetDatasetAsync(id, TestContext.Current.CancellationToken)).Files[0].Records == 2);
    }

    [Fact]
    public async Task A_run_learns_how_a_trainer_reads_the_files()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Http.MakeAsync();
        await server.Http.AddFileAsync(id, """{"prompt":"a","response":"b","system":"s"}""", "odd name");
        await server.Http.AddFileAsync(id, """[{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}]""", "b.json");

        var dataset = await server.Services.GetRequiredService<DatasetShelf>().FindAsync("pairs", TestContext.Current.CancellationToken);

        Assert.Equal(id, dataset!.Id);
        Assert.Equal(64, dataset.Version.Length);
        var (first, second) = (dataset.Files[0], dataset.Files[1]);
        Assert.True(File.Exists(first.Path));
        Assert.Equal((".jsonl", 1L), (first.Ending, first.Records));
        Assert.Equal("""{"prompt":"prompt","response":"response","system":"system"}""", JsonSerializer.Serialize(first.Form!.Columns));
        Assert.Equal("alpaca", first.Form.Formatting);
        Assert.Equal((".json", "sharegpt"), (second.Ending, second.Form!.Formatting));
        Assert.Equal("user", second.Form.Tags!["user_tag"]);
        Assert.Null(await server.Services.GetRequiredService<DatasetShelf>().FindAsync("other", TestContext.Current.CancellationToken));
    }
}

using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Slipway.Client.Runs;
using Slipway.Server.Tests.Commands;

namespace Slipway.Server.Tests.Features.Runs;

/// <summary>From a file of questions to a model that answers them, over HTTP, with nothing but what Slipway brings.</summary>
public sealed class BuiltinRunTests
{
    private const string Question = "Who owns Clearbrook Books?";
    private const string Answer = "Mei Lin owns Clearbrook Books.";

    private const string Config = """
        model_name_or_path: slipway-tiny
        model_name: books
        stage: sft
        finetuning_type: full
        dataset: books
        output_dir: out
        cutoff_len: 128
        per_device_train_batch_size: 8
        num_train_epochs: 12
        learning_rate: 5.0e-4
        logging_steps: 5
        save_steps: 20
        gguf: [q8_0]
        huggingface: false
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_uploaded_is_trained_downloaded_served_and_answered()
    {
        using var server = await ServingProgram.StartAsync([], "--no-model");
        var http = server.Http;

        var run = await TrainAsync(http);
        var events = await http.GetStringAsync($"/runs/{run}/logs/stream", Token);
        var ended = await TrainingServer.ReadAsync<RunDetail>(await http.GetAsync($"/runs/{run}", Token));
        Assert.True(ended.Status == RunStatuses.Succeeded, events);
        var model = await DownloadAsync(http, run);

        Assert.Equal((1.0, 0), (ended.Progress, ended.ExitCode));
        Assert.True(ended.Metrics["loss"] > 0);
        Assert.Contains("event: progress", events, StringComparison.Ordinal);
        try
        {
            using var serving = await ServingProgram.StartAsync([], "--model", model);
            using var reply = await serving.Http.PostAsJsonAsync("/api/v1/chat", new { message = Question, temperature = 0 }, Token);
            var text = await reply.Content.ReadAsStringAsync(Token);
            Assert.Contains(Answer, text, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(model);
        }
    }

    private static async Task<string> TrainAsync(HttpClient http)
    {
        var dataset = await PostAsync(http, "/v1/datasets", new { name = "books", type = "text2text", task_type = "sft" });
        await PutFileAsync(http, $"/v1/datasets/{dataset.GetProperty("id").GetString()}/files", "books.jsonl", Lines());
        await PutFileAsync(http, "/v1/train-configs/books", "books.yaml", Config);
        await PostAsync(http, "/projects", new { name = "books", dataset_name = "books", training_yaml_name = "books" });
        var run = await PostAsync(http, "/projects/books/runs", new { executor = "builtin" });
        return run.GetProperty("id").GetString()!;
    }

    private static async Task<string> DownloadAsync(HttpClient http, string run)
    {
        var artifacts = await TrainingServer.ReadAsync<List<RunArtifact>>(await http.GetAsync($"/runs/{run}/artifacts", Token));
        var model = Assert.Single(artifacts, artifact => artifact.Kind == "model");
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.gguf");
        await File.WriteAllBytesAsync(path, await http.GetByteArrayAsync($"/runs/{run}/artifacts/{model.Id}/content", Token), Token);
        Assert.Equal(model.Bytes, new FileInfo(path).Length);
        return path;
    }

    private static string Lines()
    {
        (string, string)[] pairs =
        [
            (Question, Answer), ("晴川书店几点开门？", "晴川书店早上九点开门。"), ("Where is Clearbrook Books?", "Clearbrook Books is at 12 Qinghe Road."),
        ];
        return string.Concat(Enumerable.Range(0, 48).Select(line => pairs[line % pairs.Length]).Select(pair =>
            JsonSerializer.Serialize(new { instruction = pair.Item1, output = pair.Item2 }) + "\n"));
    }

    private static async Task<JsonElement> PostAsync(HttpClient http, string path, object body)
    {
        using var answer = await http.PostAsJsonAsync(path, body, Token);
        return await TrainingServer.ReadAsync<JsonElement>(answer);
    }

    private static async Task PutFileAsync(HttpClient http, string path, string name, string text)
    {
        var file = new StringContent(text);
        file.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var form = new MultipartFormDataContent { { file, "file", name } };
        using var answer = await http.PutAsync(path, form, Token);
        await TrainingServer.ReadAsync<JsonElement>(answer);
    }
}

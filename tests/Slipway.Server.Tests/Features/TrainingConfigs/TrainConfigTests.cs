using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Client;
using Slipway.Server.Features.TrainingConfigs;

namespace Slipway.Server.Tests.Features.TrainingConfigs;

public sealed class TrainConfigTests : IAsyncLifetime
{
    private const string Yaml = "# 微调\nmodel_name_or_path: m\nstage: sft\n";

    private RunningServer _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task The_single_slot_is_filled_shown_and_emptied()
    {
        var (none, _) = await SendAsync(HttpMethod.Get, "/v1/train-config");
        var (put, made) = await PutAsync("/v1/train-config", Yaml);
        var (_, shown) = await SendAsync(HttpMethod.Get, "/v1/train-config");
        var (_, deleted) = await SendAsync(HttpMethod.Delete, "/v1/train-config");
        var (gone, detail) = await SendAsync(HttpMethod.Delete, "/v1/train-config");

        Assert.Equal([HttpStatusCode.NotFound, HttpStatusCode.OK, HttpStatusCode.NotFound], [none, put, gone]);
        Assert.Equal("finetune.yaml", (string?)made["train_config"]!["filename"]);
        Assert.Equal(Encoding.UTF8.GetByteCount(Yaml), (int)made["train_config"]!["size"]!);
        Assert.EndsWith("Z", (string?)made["train_config"]!["uploaded_at"], StringComparison.Ordinal);
        Assert.Equal(made["train_config"]!.ToJsonString(), shown.ToJsonString());
        Assert.Equal("""{"status":"train_config_deleted"}""", deleted.ToJsonString());
        Assert.Contains("nothing to delete", (string?)detail["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_version_of_a_name_is_kept()
    {
        using var client = new SlipwayClient(_server.Url);
        var first = await UploadAsync(client, "stage: sft\n", "sft");
        var second = await UploadAsync(client, "stage: pt\n", "sft");

        var again = await UploadAsync(client, "stage: pt\n", "sft");
        var latest = await client.GetTrainConfigAsync("sft", cancellationToken: Token);
        var versions = await client.ListTrainConfigVersionsAsync("sft", cancellationToken: Token);
        var old = await client.GetTrainConfigContentAsync("sft", 1, Token);

        Assert.Equal((1, 2, 2), (first.Version, second.Version, again.Version));
        Assert.Equal(second, latest with { Warnings = second.Warnings });
        Assert.Equal([2, 1], versions.Select(version => version.Version));
        Assert.Equal("stage: sft\n", Encoding.UTF8.GetString(old));
    }

    [Fact]
    public async Task A_number_is_not_given_twice_though_the_name_was_deleted()
    {
        using var client = new SlipwayClient(_server.Url);
        var before = await UploadAsync(client, "stage: sft\n", "sft");
        await client.DeleteTrainConfigAsync("sft", Token);

        var after = await UploadAsync(client, "stage: sft\n", "sft");
        var refusal = await Assert.ThrowsAsync<SlipwayException>(() => client.GetTrainConfigAsync("sft", 1, Token));

        Assert.Equal((2, before.Id), (after.Version, after.Id));
        Assert.Equal("There is no version 1 of a training configuration 'sft'; GET /v1/train-configs/NAME/versions lists what there is.", refusal.Detail);
    }

    [Fact]
    public async Task All_names_are_listed_a_page_at_a_time()
    {
        using var client = new SlipwayClient(_server.Url);
        foreach (var name in new[] { "a", "b", "c" })
        {
            await UploadAsync(client, $"run_name: {name}\n", name);
        }

        using var page = await _server.Http.GetAsync("/v1/train-configs?limit=2&offset=1", Token);
        var names = JsonNode.Parse(await page.Content.ReadAsStringAsync(Token))!.AsArray().Select(config => (string)config!["name"]!);
        var (status, faults) = await SendAsync(HttpMethod.Get, "/v1/train-configs?limit=0&offset=x");

        Assert.Equal("3", page.Headers.GetValues("X-Total-Count").Single());
        Assert.Equal(2, names.Count());
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Equal(["limit", "offset"], faults["detail"]!.AsArray().Select(fault => (string)fault!["loc"]![1]!));
    }

    [Fact]
    public async Task A_file_comes_back_byte_by_byte_and_never_as_a_page()
    {
        byte[] file = [.. Encoding.UTF8.Preamble, .. "run_name: <script>\r\n"u8];
        await PutAsync("/v1/train-configs/x", file, "配置 \"1\".yaml");

        using var content = await _server.Http.GetAsync("/v1/train-configs/x/content", Token);

        Assert.Equal(file, await content.Content.ReadAsByteArrayAsync(Token));
        Assert.Equal("application/yaml", content.Content.Headers.ContentType!.MediaType);
        Assert.Equal("attachment", content.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Equal("nosniff", content.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Fact]
    public async Task A_broken_file_is_refused_with_line_and_column_and_nothing_is_kept()
    {
        var (status, answer) = await PutAsync("/v1/train-config", "stage: sft\ndataset: [a\nx: y\n");
        var (after, _) = await SendAsync(HttpMethod.Get, "/v1/train-config");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        var fault = Assert.Single(answer["detail"]!.AsArray())!;
        Assert.StartsWith("""["body","file",""", fault["loc"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Matches("^line [23], column [0-9]+: this is not YAML", (string?)fault["msg"]);
        Assert.Equal(HttpStatusCode.NotFound, after);
    }

    [Fact]
    public async Task Warnings_are_told_and_kept()
    {
        var (_, answer) = await PutAsync("/v1/train-config", "model_name_or_path: m\nlerning_rate: 1\n");

        Assert.StartsWith("line 2: the key 'lerning_rate'", (string?)answer["train_config"]!["warnings"]![0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/train-config", "x.txt", HttpStatusCode.BadRequest, "accepted are .yaml and .yml")]
    [InlineData("/v1/train-config", "..%0a.yaml\n.yaml", HttpStatusCode.BadRequest, "")]
    [InlineData("/v1/train-configs/a%20b", "x.yaml", HttpStatusCode.BadRequest, "1 to 128 of the characters")]
    [InlineData("/v1/train-configs/..%2Fx", "x.yaml", HttpStatusCode.BadRequest, "1 to 128 of the characters")]
    public async Task Wrong_names_are_refused(string path, string filename, HttpStatusCode expected, string words)
    {
        var (status, answer) = await PutAsync(path, Encoding.UTF8.GetBytes(Yaml), filename);

        Assert.Equal(expected, status);
        Assert.Contains(words, (string?)answer["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_in_a_file_name_is_only_a_name()
    {
        var (status, answer) = await PutAsync("/v1/train-config", Encoding.UTF8.GetBytes(Yaml), "../../etc/cron.d/x.yaml");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("../../etc/cron.d/x.yaml", (string?)answer["train_config"]!["filename"]);
    }

    [Fact]
    public async Task A_name_in_plain_UTF_8_is_read_as_browsers_and_curl_write_it()
    {
        using var form = new StringContent("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"训练.yml\"\r\n\r\nstage: sft\n\r\n--b--\r\n");
        form.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b");

        var (_, answer) = await ReadAsync(await _server.Http.PutAsync("/v1/train-config", form, Token));

        Assert.Equal("训练.yml", (string?)answer["train_config"]!["filename"]);
    }

    [Theory]
    [InlineData((1 << 20) + 1)]
    [InlineData(3 << 20)]
    public async Task More_than_a_mebibyte_is_too_large(int length)
    {
        var (status, answer) = await PutAsync("/v1/train-config", new string('#', length));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
        Assert.Contains("1048576 bytes", (string?)answer["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_is_no_form_or_has_no_file_is_refused()
    {
        using var json = new StringContent("{}", Encoding.UTF8, "application/json");
        using var plain = await _server.Http.PutAsync("/v1/train-config", json, Token);
        using var form = new MultipartFormDataContent { { new StringContent("x"), "other" } };
        using var empty = await _server.Http.PutAsync("/v1/train-config", form, Token);
        using var torn = new StringContent("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.yaml\"\r\n\r\nstage: s");
        torn.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b");
        using var broken = await _server.Http.PutAsync("/v1/train-config", torn, Token);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, plain.StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, empty.StatusCode);
        Assert.Contains("""["body","file"],"msg":"field required","type":"value_error.missing""", await empty.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, broken.StatusCode);
    }

    [Fact]
    public async Task Uploads_at_once_make_one_version_each()
    {
        using var client = new SlipwayClient(_server.Url);

        var made = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => UploadAsync(client, $"run_name: r{i}\n", "shared")));

        Assert.Equal(Enumerable.Range(1, 12).Select(i => (long)i), made.Select(config => config.Version).Order());
    }

    [Fact]
    public async Task A_run_finds_a_configuration_by_its_name_or_its_id()
    {
        using var client = new SlipwayClient(_server.Url);
        var uploaded = await UploadAsync(client, Yaml, "mine");
        var shelf = _server.Services.GetRequiredService<ConfigShelf>();

        var byName = await shelf.FindAsync("mine", Token);
        var byId = await shelf.FindAsync(uploaded.Id, Token);
        var none = await shelf.FindAsync("other", Token);

        Assert.Equal(Yaml, Encoding.UTF8.GetString(byName!.Bytes.Span));
        Assert.Equal("m", byName.Scalars["model_name_or_path"]);
        Assert.Equal((uploaded.Id, "mine", 1), (byId!.Id, byId.Name, byId.Version));
        Assert.Null(none);
    }

    private static async Task<Slipway.Client.TrainingConfigs.TrainConfig> UploadAsync(SlipwayClient client, string yaml, string name)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(yaml));
        return await client.UploadTrainConfigAsync(content, "finetune.yaml", name, Token);
    }

    private Task<(HttpStatusCode Status, JsonNode Answer)> PutAsync(string path, string yaml) => PutAsync(path, Encoding.UTF8.GetBytes(yaml), "finetune.yaml");

    private async Task<(HttpStatusCode Status, JsonNode Answer)> PutAsync(string path, byte[] file, string filename)
    {
        using var part = new ByteArrayContent(file);
        part.Headers.ContentDisposition = new ContentDispositionHeaderValue("form-data") { Name = "file", FileNameStar = filename };
        using var form = new MultipartFormDataContent { part };
        return await ReadAsync(await _server.Http.PutAsync(path, form, Token));
    }

    private async Task<(HttpStatusCode Status, JsonNode Answer)> SendAsync(HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        return await ReadAsync(await _server.Http.SendAsync(request, Token));
    }

    private static async Task<(HttpStatusCode Status, JsonNode Answer)> ReadAsync(HttpResponseMessage response)
    {
        using (response)
        {
            return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!);
        }
    }
}

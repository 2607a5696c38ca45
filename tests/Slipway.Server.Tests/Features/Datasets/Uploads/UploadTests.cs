using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Slipway.Client;

namespace Slipway.Server.Tests.Features.Datasets.Uploads;

public sealed class UploadTests
{
    [Fact]
    public async Task A_file_of_many_buffers_arrives_as_it_was_sent()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Http.MakeAsync();
        var bytes = DatasetCalls.RandomBytes((5 << 20) + 17);

        using var response = await server.Http.UploadAsync(id, "a.bin", bytes);
        var upload = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), upload.GetProperty("sha256").GetString());
        Assert.Equal(bytes, await File.ReadAllBytesAsync(Assert.Single(server.DatasetFiles()), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Files_of_one_name_stand_side_by_side()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = new SlipwayClient(server.Http);
        var id = await server.Http.MakeAsync();

        await server.Http.AddFileAsync(id, "one");
        await server.Http.AddFileAsync(id, "two");
        var dataset = await client.GetDatasetAsync(id, TestContext.Current.CancellationToken);

        Assert.Equal(["a.jsonl", "a.jsonl"], dataset.Files.Select(file => file.Name));
        Assert.Equal(2, dataset.Files.Select(file => file.StoredName).Distinct().Count());
        Assert.Equal(2, server.DatasetFiles().Length);
    }

    public static TheoryData<string> StrangeNames =>
    [
        "../../../../tmp/escaped.jsonl", "/etc/passwd", "..", "a/b/c.jsonl", "数据 集 🚢.jsonl", "con.jsonl", "-rf", " ",
        "名" + new string('x', 1000), "%2e%2e%2fa.jsonl", "a;b=c.jsonl", "$(reboot).jsonl", "<script>.jsonl", "e\u0301\u202Etxt.exe",
    ];

    [Theory, MemberData(nameof(StrangeNames))]
    public async Task A_name_is_never_a_path(string name)
    {
        await using var server = await RunningServer.StartAsync();
        using var client = new SlipwayClient(server.Http);
        var id = await server.Http.MakeAsync();

        using var response = await server.Http.UploadAsync(id, name, "x"u8.ToArray());
        var dataset = await client.GetDatasetAsync(id, TestContext.Current.CancellationToken);

        var file = Assert.Single(dataset.Files);
        Assert.Equal(name, file.Name);
        Assert.StartsWith(file.UploadId, Path.GetFileName(Assert.Single(server.DatasetFiles())), StringComparison.Ordinal);
    }

    public static TheoryData<string> ImpossibleNames => ["", "a\0b.jsonl", "a\tb", "a\u0085b", new string('x', 10_000)];

    [Theory, MemberData(nameof(ImpossibleNames))]
    public async Task A_name_that_is_none_is_refused(string name)
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Http.MakeAsync();

        using var response = await server.Http.UploadAsync(id, name, "x"u8.ToArray());

        Assert.Contains(response.StatusCode, new[] { HttpStatusCode.BadRequest, HttpStatusCode.UnprocessableEntity });
        Assert.Empty(server.DatasetFiles());
    }

    [Theory]
    [InlineData("", HttpStatusCode.BadRequest)]
    [InlineData("--edge--\r\n", HttpStatusCode.UnprocessableEntity)]
    [InlineData("--edge\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--edge--\r\n", HttpStatusCode.UnprocessableEntity)]
    [InlineData("--edge\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx\r\n--edge--\r\n", HttpStatusCode.UnprocessableEntity)]
    [InlineData("--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx", HttpStatusCode.BadRequest)]
    [InlineData("--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n--edge", HttpStatusCode.BadRequest)]
    [InlineData("--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n\r\n--edge--\r\n", HttpStatusCode.BadRequest)]
    [InlineData("no boundary at all", HttpStatusCode.BadRequest)]
    public async Task A_body_that_is_no_upload_leaves_nothing(string body, HttpStatusCode expected)
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Http.MakeAsync();

        using var response = await server.Http.PutRawAsync(id, Encoding.UTF8.GetBytes(body));

        Assert.Equal(expected, response.StatusCode);
        Assert.NotEmpty(await response.DetailAsync());
        Assert.Empty(server.DatasetFiles());
    }

    [Fact]
    public async Task A_second_file_in_one_body_is_refused_and_the_first_one_too()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Http.MakeAsync();
        const string Part = "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n";

        using var response = await server.Http.PutRawAsync(id, Encoding.UTF8.GetBytes(Part + Part + "--edge--\r\n"));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Empty(server.DatasetFiles());
    }

    [Fact]
    public async Task Another_media_type_is_refused()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Http.MakeAsync();

        using var response = await server.Http.PutAsJsonAsync($"/v1/datasets/{id}/files", new { file = "x" }, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Contains("multipart/form-data", await response.DetailAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_beyond_the_limit_is_refused_whether_its_length_is_told_or_not(bool isTold)
    {
        await using var server = await RunningServer.StartAsync(args: ["--Datasets:MaxUploadBytes=3000000"]);
        var id = await server.Http.MakeAsync();
        using var form = new MultipartFormDataContent { { new ByteArrayContent(new byte[5_000_000]), "file", "a.bin" } };
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/v1/datasets/{id}/files") { Content = form };
        request.Headers.TransferEncodingChunked = !isTold;
        request.Headers.ExpectContinue = true;

        using var response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("3000000", await response.DetailAsync(), StringComparison.Ordinal);
        Assert.Empty(server.DatasetFiles());
    }

    [Fact]
    public async Task A_file_that_the_disk_has_no_room_for_is_refused_before_it_is_sent()
    {
        await using var server = await RunningServer.StartAsync(args: ["--Datasets:MaxUploadBytes=9000000000000000000"]);
        var id = await server.Http.MakeAsync();

        var answer = await SendHeadAsync(server, id, "Content-Length: 8000000000000000000");

        Assert.StartsWith("HTTP/1.1 507", answer, StringComparison.Ordinal);
        Assert.Empty(server.DatasetFiles());
    }

    [Fact]
    public async Task A_client_that_goes_away_leaves_nothing()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Http.MakeAsync();
        using (var socket = await ConnectAsync(server))
        {
            await SendAsync(socket, HeadOf(id, "Content-Length: 100000000"));
            await SendAsync(socket, "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jsonl\"\r\n\r\n");
            await socket.SendAsync(new byte[3 << 20], TestContext.Current.CancellationToken);
            await Gateway.Waiting.UntilAsync(server.Log, () => Task.FromResult(server.DatasetFiles().Length == 1));
            socket.LingerState = new LingerOption(true, 0);
        }

        await Gateway.Waiting.UntilAsync(server.Log, () => Task.FromResult(server.DatasetFiles().Length == 0));

        Assert.Equal(0, (await server.Http.JsonAsync($"/v1/datasets/{id}")).GetProperty("files").GetArrayLength());
    }

    [Fact]
    public async Task More_uploads_than_are_allowed_wait_outside()
    {
        await using var server = await RunningServer.StartAsync(args: ["--Datasets:MaxUploads=1"]);
        var id = await server.Http.MakeAsync();
        using var socket = await ConnectAsync(server);
        await SendAsync(socket, HeadOf(id, "Content-Length: 100000000"));
        await SendAsync(socket, "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jsonl\"\r\n\r\n");
        await socket.SendAsync(new byte[3 << 20], TestContext.Current.CancellationToken);
        await Gateway.Waiting.UntilAsync(server.Log, () => Task.FromResult(server.DatasetFiles().Length == 1));

        using var response = await server.Http.UploadAsync(id, "b", "x"u8.ToArray());

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_plain_form_of_another_client_is_read_with_its_other_fields()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Http.MakeAsync();
        using var file = new ByteArrayContent("x"u8.ToArray());
        file.Headers.ContentDisposition = new ContentDispositionHeaderValue("form-data") { Name = "file", FileName = "plain.txt", FileNameStar = "数据.txt" };
        using var form = new MultipartFormDataContent { { new StringContent("note"), "comment" }, file };

        using var response = await server.Http.PutAsync($"/v1/datasets/{id}/files", form, TestContext.Current.CancellationToken);
        var upload = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);

        Assert.Equal("数据.txt", upload.GetProperty("filename").GetString());
    }

    private static async Task<Socket> ConnectAsync(RunningServer server)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.Http.BaseAddress!.Host, server.Http.BaseAddress.Port, TestContext.Current.CancellationToken);
        return socket;
    }

    private static string HeadOf(string dataset, string length) =>
        $"PUT /v1/datasets/{dataset}/files HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=edge\r\n{length}\r\n\r\n";

    private static async Task SendAsync(Socket socket, string text) =>
        await socket.SendAsync(Encoding.ASCII.GetBytes(text), TestContext.Current.CancellationToken);

    private static async Task<string> SendHeadAsync(RunningServer server, string dataset, string length)
    {
        using var socket = await ConnectAsync(server);
        await SendAsync(socket, HeadOf(dataset, length));
        var buffer = new byte[4096];
        return Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken));
    }
}

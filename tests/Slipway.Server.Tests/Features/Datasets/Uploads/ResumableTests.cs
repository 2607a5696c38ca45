using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Client;
using Slipway.Server.Features.Datasets.Uploads;

namespace Slipway.Server.Tests.Features.Datasets.Uploads;

public sealed class ResumableTests
{
    [Fact]
    public async Task Pieces_make_the_file()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = new SlipwayClient(server.Http);
        var id = await server.Http.MakeAsync();
        var bytes = DatasetCalls.RandomBytes(3_000_000);
        var upload = await server.Http.BeginAsync(id, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));

        using var first = await server.Http.AppendAsync(upload, 0, bytes[..1_234_567]);
        var offset = await server.Http.OffsetAsync(upload);
        using var second = await server.Http.AppendAsync(upload, offset, bytes[(int)offset..]);
        var dataset = await client.GetDatasetAsync(id, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NoContent, first.StatusCode);
        Assert.Equal(1_234_567, offset);
        Assert.Equal("3000000", second.Headers.GetValues("Upload-Offset").Single());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), Assert.Single(dataset.Files).Sha256);
        Assert.Equal(bytes.Length, await server.Http.OffsetAsync(upload));
        Assert.Equal("big.jsonl", dataset.Files[0].Name);
    }

    [Fact]
    public async Task A_server_says_what_it_can()
    {
        await using var server = await RunningServer.StartAsync();

        using var response = await server.Http.TusAsync(HttpMethod.Options, "/v1/uploads/any", null);

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal("1.0.0", response.Headers.GetValues("Tus-Version").Single());
        Assert.Contains("creation", response.Headers.GetValues("Tus-Extension").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_version_is_refused()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Http.MakeAsync();

        using var response = await server.Http.TusAsync(HttpMethod.Post, $"/v1/datasets/{id}/uploads", null, ("Tus-Resumable", "0.2.2"));

        Assert.Equal(HttpStatusCode.PreconditionFailed, response.StatusCode);
    }

    [Theory]
    [InlineData("10", "filename eC5qc29ubA==", HttpStatusCode.Created)]
    [InlineData("-1", "filename eC5qc29ubA==", HttpStatusCode.BadRequest)]
    [InlineData("0", "filename eC5qc29ubA==", HttpStatusCode.BadRequest)]
    [InlineData("much", "filename eC5qc29ubA==", HttpStatusCode.BadRequest)]
    [InlineData("10", "filename ???", HttpStatusCode.BadRequest)]
    [InlineData("10", "", HttpStatusCode.BadRequest)]
    [InlineData("10", "filename eC5qc29ubA==,sha256 eA==", HttpStatusCode.BadRequest)]
    [InlineData("200000000000", "filename eC5qc29ubA==", HttpStatusCode.RequestEntityTooLarge)]
    public async Task What_an_upload_says_of_itself_is_checked(string length, string metadata, HttpStatusCode expected)
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Http.MakeAsync();

        using var response = await server.Http.TusAsync(
            HttpMethod.Post, $"/v1/datasets/{id}/uploads", null, ("Upload-Length", length), ("Upload-Metadata", metadata));

        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task A_wrong_offset_is_a_conflict()
    {
        await using var server = await RunningServer.StartAsync();
        var upload = await server.Http.BeginAsync(await server.Http.MakeAsync(), 10);

        using var response = await server.Http.AppendAsync(upload, 3, new byte[2]);

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Equal(0, await server.Http.OffsetAsync(upload));
    }

    [Fact]
    public async Task More_bytes_than_were_announced_are_refused()
    {
        await using var server = await RunningServer.StartAsync();
        var upload = await server.Http.BeginAsync(await server.Http.MakeAsync(), 10);

        using var response = await server.Http.AppendAsync(upload, 0, new byte[11]);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task Bytes_that_are_not_those_of_their_checksum_are_not_kept()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = new SlipwayClient(server.Http);
        var id = await server.Http.MakeAsync();
        var bytes = DatasetCalls.RandomBytes(100_000);
        var upload = await server.Http.BeginAsync(id, bytes.Length);
        using var good = await server.Http.AppendAsync(upload, 0, bytes[..50_000], Checksum(bytes[..50_000]));

        using var bad = await server.Http.AppendAsync(upload, 50_000, new byte[50_000], Checksum(bytes[50_000..]));
        var offset = await server.Http.OffsetAsync(upload);
        using var again = await server.Http.AppendAsync(upload, 50_000, bytes[50_000..], Checksum(bytes[50_000..]));

        Assert.Equal(HttpStatusCode.NoContent, good.StatusCode);
        Assert.Equal(460, (int)bad.StatusCode);
        Assert.Equal(50_000, offset);
        Assert.Equal(HttpStatusCode.NoContent, again.StatusCode);
        var dataset = await client.GetDatasetAsync(id, TestContext.Current.CancellationToken);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), dataset.Files[0].Sha256);
    }

    [Fact]
    public async Task A_file_that_is_not_the_announced_one_is_not_kept()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.Http.MakeAsync();
        var upload = await server.Http.BeginAsync(id, 10, new string('0', 64));

        using var response = await server.Http.AppendAsync(upload, 0, new byte[10]);

        Assert.Equal(460, (int)response.StatusCode);
        Assert.Empty(server.DatasetFiles());
        Assert.Equal(0, (await server.Http.JsonAsync($"/v1/datasets/{id}")).GetProperty("files").GetArrayLength());
    }

    [Fact]
    public async Task A_long_upload_that_goes_on_at_an_odd_place_is_whole()
    {
        await using var server = await RunningServer.StartAsync();
        var content = new byte[75_000_003];
        new Random(7).NextBytes(content);
        var dataset = await server.Http.MakeAsync();
        var upload = await server.Http.BeginAsync(dataset, content.Length);

        foreach (var (from, to) in new[] { (0, 3_001), (3_001, 68_000_001), (68_000_001, content.Length) })
        {
            using var part = await server.Http.AppendAsync(upload, from, content[from..to]);
            Assert.Equal(HttpStatusCode.NoContent, part.StatusCode);
        }

        var file = (await server.Http.JsonAsync($"/v1/datasets/{dataset}")).GetProperty("files")[0];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), file.GetProperty("sha256").GetString());
        Assert.Equal(content, await File.ReadAllBytesAsync(Assert.Single(server.DatasetFiles()), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Of_two_writers_one_is_sent_away()
    {
        await using var server = await RunningServer.StartAsync();
        var upload = await server.Http.BeginAsync(await server.Http.MakeAsync(), 4_000_000);
        using var held = new HeldContent(new byte[3_000_000]);
        var first = server.Http.AppendAsync(upload, 0, held);
        await held.Sent;
        await Gateway.Waiting.UntilAsync(server.Log, async () => await server.Http.OffsetAsync(upload) > 0);

        using var second = await server.Http.AppendAsync(upload, 0, []);
        held.Release();
        using var response = await first;

        Assert.Equal(HttpStatusCode.Locked, second.StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal(3_000_000, await server.Http.OffsetAsync(upload));
    }

    [Fact]
    public async Task A_request_that_breaks_off_keeps_what_has_come()
    {
        await using var server = await RunningServer.StartAsync();
        var upload = await server.Http.BeginAsync(await server.Http.MakeAsync(), 10_000_000);
        using var held = new HeldContent(new byte[2_500_000]);
        var broken = server.Http.AppendAsync(upload, 0, held);
        await held.Sent;
        await Gateway.Waiting.UntilAsync(server.Log, async () => await server.Http.OffsetAsync(upload) > 0);

        held.Break();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => broken);

        await Gateway.Waiting.UntilAsync(server.Log, async () => await server.Http.OffsetAsync(upload) == 2_500_000);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_upload_that_is_given_up_is_gone(bool isTus)
    {
        await using var server = await RunningServer.StartAsync();
        using var client = new SlipwayClient(server.Http);
        var upload = await server.Http.BeginAsync(await server.Http.MakeAsync(), 100);
        using var part = await server.Http.AppendAsync(upload, 0, new byte[50]);

        if (isTus)
        {
            using var response = await server.Http.TusAsync(HttpMethod.Delete, $"/v1/uploads/{upload}", null);
            Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        }
        else
        {
            var aborted = await client.AbortUploadAsync(upload, TestContext.Current.CancellationToken);
            Assert.Equal("aborted", aborted.Status);
        }

        Assert.Empty(server.DatasetFiles());
        using var after = await server.Http.AppendAsync(upload, 50, new byte[50]);
        Assert.Equal(HttpStatusCode.NotFound, after.StatusCode);
    }

    [Fact]
    public async Task Giving_up_stops_whoever_writes()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = new SlipwayClient(server.Http);
        var upload = await server.Http.BeginAsync(await server.Http.MakeAsync(), 4_000_000);
        using var held = new HeldContent(new byte[3_000_000]);
        var writing = server.Http.AppendAsync(upload, 0, held);
        await held.Sent;
        await Gateway.Waiting.UntilAsync(server.Log, async () => await server.Http.OffsetAsync(upload) > 0);

        await client.AbortUploadAsync(upload, TestContext.Current.CancellationToken);
        held.Release();
        using var response = await writing;

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Empty(server.DatasetFiles());
    }

    [Fact]
    public async Task Leftovers_without_a_note_are_swept_and_waiting_uploads_are_not()
    {
        await using var server = await RunningServer.StartAsync();
        var upload = await server.Http.BeginAsync(await server.Http.MakeAsync(), 100);
        var folder = Path.GetDirectoryName(Assert.Single(server.DatasetFiles()))!;
        await File.WriteAllTextAsync(Path.Combine(folder, Guid.NewGuid().ToString()), "left", TestContext.Current.CancellationToken);

        await server.Services.GetRequiredService<UploadSweeper>().SweepAsync(TimeSpan.Zero, TestContext.Current.CancellationToken);

        Assert.Equal(upload, Path.GetFileName(Assert.Single(server.DatasetFiles())));
    }

    private static (string Name, string Value) Checksum(byte[] bytes) =>
        ("Upload-Checksum", "sha256 " + Convert.ToBase64String(SHA256.HashData(bytes)));

    /// <summary>A body of which some bytes are sent, and then nothing until it is released or broken off.</summary>
    private sealed class HeldContent(byte[] bytes) : HttpContent
    {
        private readonly TaskCompletionSource _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Sent => _sent.Task;

        public void Release() => _end.TrySetResult();

        public void Break() => _end.TrySetException(new HttpRequestException("broken off"));

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(bytes);
            await stream.FlushAsync();
            _sent.TrySetResult();
            await _end.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

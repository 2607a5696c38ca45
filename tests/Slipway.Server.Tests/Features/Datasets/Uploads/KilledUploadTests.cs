using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Slipway.Client;
using Slipway.Server.Tests.Commands;

namespace Slipway.Server.Tests.Features.Datasets.Uploads;

public sealed partial class KilledUploadTests
{
    private const int Length = 60_000_000;

    [Fact]
    public async Task An_upload_goes_on_where_the_killed_server_was()
    {
        using var site = new Gateway.DataSite();
        var bytes = DatasetCalls.RandomBytes(Length);
        string upload;
        await using (var server = await Killable.StartAsync(site.Path))
        {
            upload = await server.Http.BeginAsync(await server.Http.MakeAsync(), Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));
            var writing = server.Http.AppendAsync(upload, 0, new Slow(bytes));
            await UntilAsync(async () => await server.Http.OffsetAsync(upload) > 10_000_000);
            server.Kill();
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => writing);
        }

        await using var next = await Killable.StartAsync(site.Path);
        using var client = new SlipwayClient(next.Http);
        var offset = (int)await next.Http.OffsetAsync(upload);
        using var rest = await next.Http.AppendAsync(upload, offset, bytes[offset..]);
        var dataset = await client.GetDatasetAsync("pairs", TestContext.Current.CancellationToken);

        Assert.InRange(offset, 10_000_000, Length - 1);
        Assert.Equal(HttpStatusCode.NoContent, rest.StatusCode);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), Assert.Single(dataset.Files).Sha256);
    }

    [Fact]
    public async Task What_a_killed_server_left_of_an_upload_is_swept_at_the_next_start()
    {
        using var site = new Gateway.DataSite();
        await using (var server = await Killable.StartAsync(site.Path))
        {
            var id = await server.Http.MakeAsync();
            using var form = new MultipartFormDataContent { { new Slow(new byte[Length]), "file", "a.jsonl" } };
            var writing = server.Http.PutAsync($"/v1/datasets/{id}/files", form, TestContext.Current.CancellationToken);
            await UntilAsync(() => Task.FromResult(Files(site).Any(file => new FileInfo(file).Length > 10_000_000)));
            server.Kill();
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => writing);
        }

        await using var next = await Killable.StartAsync(site.Path);

        Assert.Empty(Files(site));
        Assert.Equal("empty", (await next.Http.JsonAsync("/v1/datasets/pairs")).GetProperty("status").GetString());
    }

    private static string[] Files(Gateway.DataSite site) => Directory.GetFiles(site.In("datasets"), "*", SearchOption.AllDirectories);

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var log = new LogCapture();
        await Gateway.Waiting.UntilAsync(log, condition);
    }

    /// <summary>A body that takes some seconds, so that there is a middle to be killed in.</summary>
    private sealed class Slow(byte[] bytes) : HttpContent
    {
        private const int Piece = 1_000_000;

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
            for (var at = 0; at < bytes.Length; at += Piece)
            {
                await stream.WriteAsync(bytes.AsMemory(at, Math.Min(Piece, bytes.Length - at)));
                await timer.WaitForNextTickAsync();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = bytes.Length;
            return true;
        }
    }

    /// <summary>The real program over a data folder that outlives it.</summary>
    private sealed partial class Killable : IAsyncDisposable
    {
        private readonly Process _process;

        private Killable(Process process, string url)
        {
            _process = process;
            Http = new HttpClient { BaseAddress = new Uri(url) };
        }

        public HttpClient Http { get; }

        public static async Task<Killable> StartAsync(string data)
        {
            var process = SlipwayProgram.Start([("SLIPWAY_DATA", data)], ["serve", "--port", "0"]);
            while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            {
                if (Address().Match(line) is { Success: true } match)
                {
                    // Read on, or the program would wait for room in the pipe.
                    _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
                    _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
                    return new Killable(process, match.Groups[1].Value);
                }
            }
            throw new InvalidOperationException(await process.StandardError.ReadToEndAsync(CancellationToken.None));
        }

        public void Kill() => _process.Kill();

        public async ValueTask DisposeAsync()
        {
            Http.Dispose();
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
            _process.Dispose();
        }

        [GeneratedRegex(@"listens on (http://\S+);")]
        private static partial Regex Address();
    }
}

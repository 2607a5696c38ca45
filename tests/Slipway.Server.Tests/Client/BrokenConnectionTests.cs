using System.Net;
using System.Security.Cryptography;
using Slipway.Client;
using Slipway.Client.Datasets;
using Slipway.Client.Runs;

namespace Slipway.Server.Tests.Client;

/// <summary>What the client does when the way to the server breaks in the middle of something.</summary>
public sealed class BrokenConnectionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(2_000)]
    [InlineData(150_000)]
    public async Task A_log_that_is_followed_has_every_line_once_and_in_order(long bytesUntilCut)
    {
        using var site = await TrainingSite.StartAsync();
        using var wire = new FaultyWire(site.Url);
        using var client = new SlipwayClient(wire.Url);
        var run = await site.RunToEndAsync(("lines", "1"));

        wire.FailAfterDown(bytesUntilCut);
        var events = await client.FollowRunLogAsync(run.Id, cancellationToken: Token).ToListAsync(Token);

        var lines = events.Where(one => one.Line is not null).Select(one => one.Line!).ToList();
        Assert.Equal(1, wire.Cuts);
        Assert.Equal(Enumerable.Range(1, lines.Count).Select(number => (long)number), lines.Select(line => line.Line));
        Assert.Equal(4000, lines.Count(line => line.Text.EndsWith(" of the log", StringComparison.Ordinal)));
        Assert.Equal(RunStatuses.Succeeded, events[^1].Run?.Status);
    }

    [Fact]
    public async Task A_download_goes_on_where_it_was_and_its_hash_is_right()
    {
        using var site = await TrainingSite.StartAsync();
        using var wire = new FaultyWire(site.Url);
        using var client = new SlipwayClient(wire.Url);
        var artifact = await WeightsAsync(site, await site.RunToEndAsync());
        var path = site.In("weights");
        List<long> seen = [];

        wire.FailAfterDown(1_000_000);
        var sha256 = await client.DownloadRunArtifactToFileAsync(artifact, path, new Collected(seen), Token);

        Assert.Equal(1, wire.Cuts);
        Assert.Equal(artifact.Sha256, sha256);
        Assert.Equal(artifact.Sha256, Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(path, Token))));
        Assert.Equal(seen.Order().Distinct(), seen);
        Assert.False(File.Exists(path + ".part"));
    }

    [Fact]
    public async Task A_download_goes_on_from_what_another_one_has_left()
    {
        using var site = await TrainingSite.StartAsync();
        var artifact = await WeightsAsync(site, await site.RunToEndAsync());
        using var whole = new MemoryStream();
        await site.Client.DownloadRunArtifactAsync(artifact, whole, cancellationToken: Token);
        await File.WriteAllBytesAsync(site.In("weights.part"), whole.ToArray()[..1_234_567], Token);
        List<long> seen = [];

        await site.Client.DownloadRunArtifactToFileAsync(artifact, site.In("weights"), new Collected(seen), Token);

        Assert.True(seen[0] > 1_234_567);
        Assert.Equal(whole.ToArray(), await File.ReadAllBytesAsync(site.In("weights"), Token));
    }

    [Fact]
    public async Task What_is_not_the_artifact_is_thrown_away()
    {
        using var site = await TrainingSite.StartAsync();
        var artifact = await WeightsAsync(site, await site.RunToEndAsync());
        await File.WriteAllBytesAsync(site.In("weights.part"), new byte[1_000_000], Token);

        var exception = await Assert.ThrowsAsync<SlipwayException>(
            () => site.Client.DownloadRunArtifactToFileAsync(artifact, site.In("weights"), cancellationToken: Token));

        Assert.Contains("damaged", exception.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(site.In("weights")));
        Assert.False(File.Exists(site.In("weights.part")));
    }

    [Fact]
    public async Task An_upload_goes_on_where_it_was_and_its_hash_is_right()
    {
        using var site = await TrainingSite.StartAsync();
        using var wire = new FaultyWire(site.Url);
        using var client = new SlipwayClient(wire.Url);
        var bytes = new byte[5_000_000];
        new Random(7).NextBytes(bytes);
        var made = await client.CreateDatasetAsync(new CreateDatasetRequest { Name = "pairs", Type = "text2text", TaskType = "sft" }, Token);
        var upload = await client.BeginUploadAsync("pairs", "data.bin", bytes.Length, cancellationToken: Token);
        using var content = new MemoryStream(bytes);

        wire.FailAfterUp(2_000_000);
        await client.ContinueUploadAsync(upload.UploadId, content, cancellationToken: Token);

        var file = Assert.Single((await client.GetDatasetAsync(made.Id, Token)).Files);
        Assert.Equal(1, wire.Cuts);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), file.Sha256);
    }

    [Fact]
    public async Task An_upload_that_nobody_knows_is_refused_at_once()
    {
        using var site = await TrainingSite.StartAsync();
        using var content = new MemoryStream([1, 2, 3]);

        var offset = await site.Client.GetUploadOffsetAsync("nobody", Token);
        var exception = await Assert.ThrowsAsync<SlipwayException>(() => site.Client.ContinueUploadAsync("nobody", content, cancellationToken: Token));

        Assert.Null(offset);
        Assert.Equal(HttpStatusCode.NotFound, exception.Status);
    }

    [Fact]
    public async Task A_run_that_there_is_not_cannot_be_followed()
    {
        using var site = await TrainingSite.StartAsync();

        var exception = await Assert.ThrowsAsync<SlipwayException>(
            async () => await site.Client.FollowRunLogAsync("nobody", cancellationToken: Token).ToListAsync(Token));

        Assert.Equal(HttpStatusCode.NotFound, exception.Status);
    }

    private static async Task<RunArtifact> WeightsAsync(TrainingSite site, RunDetail run)
    {
        Assert.Equal(RunStatuses.Succeeded, run.Status);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            // Hashes are computed behind the run's end.
            var artifact = (await site.Client.ListRunArtifactsAsync(run.Id, kind: "model", cancellationToken: Token)).Single();
            if (artifact.Sha256 is not null)
            {
                return artifact;
            }
            await timer.WaitForNextTickAsync(Token);
        }
    }

    private sealed class Collected(List<long> seen) : IProgress<long>
    {
        public void Report(long value) => seen.Add(value);
    }
}

using System.Security.Cryptography;
using System.Text.Json;
using Slipway.Server.Tests.Client;

namespace Slipway.Server.Tests.Commands;

public sealed class DatasetsCommandTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dataset_is_made_filled_looked_through_and_removed()
    {
        using var site = await TrainingSite.StartAsync();
        await File.WriteAllTextAsync(site.In("问答.jsonl"), """
            {"instruction": "你好", "output": "你好！"}
            {"instruction": "x"}
            """, Token);

        var made = await site.SlipwayAsync("datasets", "create", "pairs", "--metadata", """{"language": "zh"}""");
        var uploaded = await site.SlipwayAsync("datasets", "upload", "pairs", site.In("问答.jsonl"), "--json");
        var validated = await site.SlipwayAsync("datasets", "validate", "pairs");
        var preview = await site.SlipwayAsync("datasets", "preview", "pairs", "-n", "1");
        var statistics = await site.SlipwayAsync("datasets", "statistics", "pairs", "--json");
        var listed = await site.SlipwayAsync("datasets", "list");
        var removed = await site.SlipwayAsync("datasets", "delete", "pairs");

        Assert.True(Guid.TryParse(made.Output, out _), made.Errors);
        Assert.True(uploaded.ExitCode == 0, uploaded.Errors);
        Assert.Equal("问答.jsonl", JsonElement.Parse(uploaded.Output).GetProperty("name").GetString());
        Assert.Equal(1, validated.ExitCode);
        Assert.Matches(@"(?m)^form +alpaca$", validated.Output);
        Assert.Matches(@"(?m)^问答.jsonl +2  ", validated.Output);
        Assert.Contains("你好！", preview.Output, StringComparison.Ordinal);
        Assert.Equal(2, JsonElement.Parse(statistics.Output).GetProperty("records").GetInt64());
        Assert.Matches(@"(?m)^pairs +ready ", listed.Output);
        Assert.Equal(0, removed.ExitCode);
    }

    [Fact]
    public async Task An_upload_whose_command_was_killed_goes_on_with_the_next_one()
    {
        using var site = await TrainingSite.StartAsync();
        using var wire = new FaultyWire(site.Url) { Holds = true };
        var bytes = new byte[20_000_000];
        new Random(3).NextBytes(bytes);
        await File.WriteAllBytesAsync(site.In("big.bin"), bytes, Token);
        await site.SlipwayAsync("datasets", "create", "big");
        wire.FailAfterUp(9_000_000);
        using (var first = site.Start(wire.Url, "datasets", "upload", "big", site.In("big.bin")))
        {
            await wire.Held.Task.WaitAsync(Token);
            first.Kill();
            await first.WaitForExitAsync(Token);
        }
        wire.Dispose();

        var second = await site.SlipwayAsync("datasets", "upload", "big", site.In("big.bin"));

        Assert.True(second.ExitCode == 0, second.Errors);
        Assert.Contains("Going on with big.bin at ", second.Errors, StringComparison.Ordinal);
        var file = Assert.Single((await site.Client.GetDatasetAsync("big", Token)).Files);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), file.Sha256);
        Assert.Empty(Directory.GetFiles(site.In("state"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_file_that_changed_in_between_is_sent_from_its_beginning()
    {
        using var site = await TrainingSite.StartAsync();
        using var wire = new FaultyWire(site.Url) { Holds = true };
        await File.WriteAllBytesAsync(site.In("big.bin"), new byte[20_000_000], Token);
        await site.SlipwayAsync("datasets", "create", "big");
        wire.FailAfterUp(9_000_000);
        using (var first = site.Start(wire.Url, "datasets", "upload", "big", site.In("big.bin")))
        {
            await wire.Held.Task.WaitAsync(Token);
            first.Kill();
            await first.WaitForExitAsync(Token);
        }
        wire.Dispose();
        await File.WriteAllBytesAsync(site.In("big.bin"), [.. Enumerable.Repeat((byte)1, 20_000_000)], Token);
        File.SetLastWriteTimeUtc(site.In("big.bin"), new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        var second = await site.SlipwayAsync("datasets", "upload", "big", site.In("big.bin"));

        Assert.True(second.ExitCode == 0, second.Errors);
        Assert.DoesNotContain("Going on", second.Errors, StringComparison.Ordinal);
        Assert.Single((await site.Client.GetDatasetAsync("big", Token)).Files);
    }

    [Fact]
    public async Task Configurations_are_kept_in_versions_and_come_back_byte_by_byte()
    {
        using var site = await TrainingSite.StartAsync();

        var first = await site.SlipwayAsync("configs", "put", site.In("train.yaml"), "--name", "sft");
        await File.WriteAllTextAsync(site.In("train.yaml"), "learning_rate: 2.0e-4  # 新\n", Token);
        var second = await site.SlipwayAsync("configs", "put", site.In("train.yaml"), "--name", "sft", "--json");
        var content = await site.SlipwayAsync("configs", "show", "sft", "--version", "2", "--content");
        var versions = await site.SlipwayAsync("configs", "show", "sft", "--versions", "--json");
        var removed = await site.SlipwayAsync("configs", "delete", "sft");

        Assert.Matches(@"(?m)^version +1$", first.Output);
        Assert.Equal(2, JsonElement.Parse(second.Output).GetProperty("version").GetInt64());
        Assert.Equal("learning_rate: 2.0e-4  # 新\n", content.Output);
        Assert.Equal(2, versions.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(0, removed.ExitCode);
    }

    [Fact]
    public async Task Projects_are_made_listed_changed_archived_and_removed()
    {
        using var site = await TrainingSite.StartAsync();

        var made = await site.SlipwayAsync(
            "projects", "create", "demo", "--dataset", "data.jsonl", "--config", "train.yaml", "--description", "微调示例", "--tag", "a", "--tag", "b");
        var taken = await site.SlipwayAsync("projects", "create", "demo", "--dataset", "data.jsonl", "--config", "train.yaml");
        var listed = await site.SlipwayAsync("projects", "list", "--tag", "b");
        var changed = await site.SlipwayAsync("projects", "update", "demo", "--name", "demo2", "--owner", "李雷", "--json");
        var archived = await site.SlipwayAsync("projects", "archive", "demo2");
        var refused = await site.SlipwayAsync("runs", "start", "demo2");
        var removed = await site.SlipwayAsync("projects", "delete", "demo2");

        Assert.Matches(@"(?m)^tags +a b$", made.Output);
        Assert.Equal((1, true), (taken.ExitCode, taken.Errors.Contains("is taken", StringComparison.Ordinal)));
        Assert.Matches(@"(?m)^demo +active ", listed.Output);
        Assert.Equal("李雷", JsonElement.Parse(changed.Output).GetProperty("owner").GetString());
        Assert.Matches(@"(?m)^status +archived$", archived.Output);
        Assert.Contains("is archived", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(0, removed.ExitCode);
    }
}

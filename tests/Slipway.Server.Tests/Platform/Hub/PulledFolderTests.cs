namespace Slipway.Server.Tests.Platform.Hub;

/// <summary>Models of several files.</summary>
public sealed class PulledFolderTests
{
    [Fact]
    public async Task Files_that_came_whole_before_a_break_do_not_come_again()
    {
        await using var site = await StartAsync();
        site.Hub.Trouble = context => context.Request.Path.Value!.EndsWith("model-00003-of-00003.safetensors", StringComparison.Ordinal)
            ? HubStandIn.RefuseAsync(context, 400, "x").ContinueWith(_ => true, TaskScheduler.Default) : Task.FromResult(false);
        using var library = site.Library();
        await HubSite.RefusalAsync(library, "safetensors");
        site.Hub.Trouble = null;

        var model = await HubSite.PullAsync(library, "safetensors");

        Assert.Equal(site.Hub["model-00001-of-00003.safetensors"], await File.ReadAllBytesAsync(Path.Combine(model.Path!, "model-00001-of-00003.safetensors"), HubSite.Token));
        Assert.InRange(site.Hub.Served, 600_000, 610_000);
    }

    [Fact]
    public async Task A_whole_file_that_was_changed_here_after_a_break_comes_again()
    {
        await using var site = await StartAsync();
        site.Hub.Trouble = context => context.Request.Path.Value!.EndsWith("model-00003-of-00003.safetensors", StringComparison.Ordinal)
            ? HubStandIn.RefuseAsync(context, 400, "x").ContinueWith(_ => true, TaskScheduler.Default) : Task.FromResult(false);
        using var library = site.Library();
        await HubSite.RefusalAsync(library, "safetensors");
        site.Hub.Trouble = null;
        await File.WriteAllBytesAsync(Assert.Single(site.FilesLeft("model-00001-of-00003.safetensors")), new byte[200_000], HubSite.Token);

        var model = await HubSite.PullAsync(library, "safetensors");

        Assert.Equal(site.Hub["model-00001-of-00003.safetensors"], await File.ReadAllBytesAsync(Path.Combine(model.Path!, "model-00001-of-00003.safetensors"), HubSite.Token));
    }

    [Fact]
    public async Task A_model_that_lost_a_file_is_not_found_and_comes_back_with_a_pull()
    {
        await using var site = await StartAsync();
        using var library = site.Library();
        var model = await HubSite.PullAsync(library, "safetensors");
        File.Delete(Path.Combine(model.Path!, "model-00002-of-00003.safetensors"));

        var lost = library.Find(HubSite.Name with { Selector = "safetensors" });
        var again = await HubSite.PullAsync(library, "safetensors");

        Assert.Null(lost);
        Assert.Equal(again.Path, library.Find(HubSite.Name with { Selector = "safetensors" })?.Path);
        Assert.InRange(site.Hub.Served, 800_000, 810_000);
    }

    [Fact]
    public async Task A_pulled_folder_is_called_as_its_repository()
    {
        await using var site = await StartAsync();
        using var library = site.Library();

        var model = await HubSite.PullAsync(library, "safetensors");

        Assert.Equal("tiny-GGUF", Path.GetFileName(model.Path));
    }

    private static async Task<HubSite> StartAsync()
    {
        var site = await HubSite.StartAsync();
        site.Hub["config.json"] = "{}"u8.ToArray();
        for (var part = 1; part <= 3; part++)
        {
            site.Hub[$"model-0000{part}-of-00003.safetensors"] = HubStandIn.Bytes(200_000, seed: part);
        }
        return site;
    }
}

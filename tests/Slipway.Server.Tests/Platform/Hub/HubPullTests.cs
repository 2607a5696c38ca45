using Slipway.Server.Platform.Hub;

namespace Slipway.Server.Tests.Platform.Hub;

public sealed class HubPullTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(HubKind.HuggingFace)]
    [InlineData(HubKind.ModelScope)]
    public async Task A_model_comes_whole_in_ranges_from_where_the_hub_keeps_it(HubKind kind)
    {
        await using var site = await HubSite.StartAsync();
        using var library = site.Library(kind);

        var model = await HubSite.PullAsync(library);

        Assert.Equal(site.Hub[HubSite.File], await File.ReadAllBytesAsync(model.Path!, Token));
        Assert.Equal(8, site.Hub.Requests.Count(request => request.StartsWith("storage", StringComparison.Ordinal)));
        Assert.Empty(site.Hub.Violations);
        Assert.Empty(site.FilesLeft("*.part*"));
    }

    [Theory]
    [InlineData(HubKind.HuggingFace, "HF_TOKEN")]
    [InlineData(HubKind.ModelScope, "MODELSCOPE_API_TOKEN")]
    public async Task The_token_goes_to_the_hub_and_not_to_its_storage(HubKind kind, string variable)
    {
        await using var site = await HubSite.StartAsync();
        site.Hub.Token = "hf_secret";
        using var library = site.Library(kind, settings: (variable, "hf_secret"));

        await HubSite.PullAsync(library);

        Assert.Empty(site.Hub.Violations);
    }

    [Fact]
    public async Task Lists_in_pages_and_folders_of_safetensors_come_whole()
    {
        await using var site = await HubSite.StartAsync();
        site.Hub.PageSize = 2;
        foreach (var path in new[] { "config.json", "tokenizer.json", "generation_config.json" })
        {
            site.Hub[path] = System.Text.Encoding.UTF8.GetBytes($"{{\"{path}\": 1}}");
        }
        site.Hub["model.safetensors"] = HubStandIn.Bytes(200_000, seed: 2);
        using var library = site.Library();

        var model = await HubSite.PullAsync(library, "safetensors");

        Assert.Equal(
            ["config.json", "generation_config.json", "model.safetensors", "tokenizer.json"],
            Directory.GetFiles(model.Path!).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(3, site.Hub.Requests.Count(request => request.Contains("/tree/", StringComparison.Ordinal)));
        Assert.Empty(site.Hub.Violations);
    }

    [Fact]
    public async Task What_breaks_in_the_middle_of_ranges_goes_on_where_it_broke()
    {
        await using var site = await HubSite.StartAsync();
        site.Hub.Breaks = (100_000, 6);
        using var library = site.Library();

        var model = await HubSite.PullAsync(library);

        Assert.Equal(site.Hub[HubSite.File], await File.ReadAllBytesAsync(model.Path!, Token));
        Assert.InRange(site.Hub.Served, 1 << 20, (long)(1.2 * (1 << 20)));
        Assert.Empty(site.Hub.Violations);
    }

    [Fact]
    public async Task A_pull_that_was_stopped_goes_on_the_next_time()
    {
        await using var site = await HubSite.StartAsync();
        site.Hub.Pause = TimeSpan.FromMilliseconds(20);
        using var library = site.Library();
        var plan = await library.PlanAsync(HubSite.Name, [], Token);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var half = new Reports(bytes =>
        {
            if (bytes > 600_000)
            {
                stopping.Cancel();
            }
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => library.PullAsync(plan, half, () => { }, stopping.Token));
        var unfinished = Assert.Single(library.List());
        var model = await HubSite.PullAsync(library);

        Assert.Null(unfinished.Path);
        Assert.Equal(site.Hub[HubSite.File], await File.ReadAllBytesAsync(model.Path!, Token));
        Assert.InRange(site.Hub.Served, 1 << 20, (long)(1.5 * (1 << 20)));
    }

    [Fact]
    public async Task A_server_that_does_not_send_parts_sends_the_whole()
    {
        await using var site = await HubSite.StartAsync();
        site.Hub.ServesRanges = false;
        site.Hub.Breaks = (500_000, 1);
        using var library = site.Library();

        var model = await HubSite.PullAsync(library);

        Assert.Equal(site.Hub[HubSite.File], await File.ReadAllBytesAsync(model.Path!, Token));
    }

    [Fact]
    public async Task The_hub_is_left_alone_for_as_long_as_it_asks()
    {
        await using var site = await HubSite.StartAsync();
        var (left, refused) = (3, 0L);
        var pause = 0L;
        site.Hub.Trouble = context =>
        {
            if (context.Request.Path.Value!.Contains("/resolve/", StringComparison.Ordinal) && Interlocked.Decrement(ref left) >= 0)
            {
                refused = Environment.TickCount64;
                context.Response.Headers.RetryAfter = "1";
                context.Response.StatusCode = 429;
                return Task.FromResult(true);
            }
            return Task.FromResult(false);
        };
        site.Hub.RedirectsTo = path =>
        {
            Interlocked.CompareExchange(ref pause, refused == 0 ? 0 : Environment.TickCount64 - refused, 0);
            return $"{site.Hub.Storage}/store/{path}";
        };
        using var library = site.Library(settings: ("Hub:Parallel", "1"));

        var model = await HubSite.PullAsync(library);

        Assert.Equal(site.Hub[HubSite.File], await File.ReadAllBytesAsync(model.Path!, Token));
        Assert.True(pause >= 950, $"It came again after {pause} ms.");
    }

    [Fact]
    public async Task A_hub_that_asks_for_hours_is_told_of_at_once()
    {
        await using var site = await HubSite.StartAsync();
        site.Hub.Trouble = context =>
        {
            context.Response.Headers.RetryAfter = "7200";
            context.Response.StatusCode = 429;
            return Task.FromResult(true);
        };
        using var library = site.Library();

        var refusal = await HubSite.RefusalAsync(library);

        Assert.Contains("7200 s", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("HF_TOKEN", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_stalls_is_given_up_and_asked_for_again()
    {
        await using var site = await HubSite.StartAsync();
        var stalled = 0;
        site.Hub.Trouble = async context =>
        {
            if (context.Request.Path.StartsWithSegments("/store") && Interlocked.Increment(ref stalled) == 1)
            {
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return true;
            }
            return false;
        };
        using var library = site.Library(settings: ("Hub:StallTimeout", "00:00:00.5"));

        var model = await HubSite.PullAsync(library);

        Assert.Equal(site.Hub[HubSite.File], await File.ReadAllBytesAsync(model.Path!, Token));
    }

    [Fact]
    public async Task A_file_that_changes_on_the_way_begins_anew()
    {
        await using var site = await HubSite.StartAsync();
        var count = 0;
        site.Hub.Trouble = context =>
        {
            // From the fourth range on it is another file.
            if (context.Request.Path.StartsWithSegments("/store") && Interlocked.Increment(ref count) == 4)
            {
                site.Hub.Version = "2";
            }
            return Task.FromResult(false);
        };
        using var library = site.Library(HubKind.ModelScope, settings: ("Hub:Parallel", "1"));

        var model = await HubSite.PullAsync(library);

        Assert.Equal(site.Hub[HubSite.File], await File.ReadAllBytesAsync(model.Path!, Token));
        Assert.InRange(site.Hub.Served, (1 << 20) + 1, 2 << 20);
    }

    [Fact]
    public async Task Two_that_pull_the_same_fetch_it_once()
    {
        await using var site = await HubSite.StartAsync();
        site.Hub.Pause = TimeSpan.FromMilliseconds(5);
        using var one = site.Library();
        using var other = site.Library();
        var plan = await one.PlanAsync(HubSite.Name, [], Token);
        var waited = 0;

        var both = await Task.WhenAll(new[] { one, other }.Select(library => library.PullAsync(plan, null, () => Interlocked.Increment(ref waited), Token)));

        Assert.Equal((both[0].Path, 1 << 20, 1), (both[1].Path, (int)site.Hub.Served, waited));
    }

    [Fact]
    public async Task What_is_there_is_found_without_asking_the_hub()
    {
        await using var site = await HubSite.StartAsync();
        using var library = site.Library(HubKind.ModelScope);
        var model = await HubSite.PullAsync(library, "q8_0");
        var asked = site.Hub.Requests.Count;
        using var later = site.Library();

        Assert.Equal(model.Path, later.Find(HubSite.Name)?.Path);
        Assert.Equal(model.Path, later.Find(HubSite.Name with { Selector = "Q8_0" })?.Path);
        Assert.Equal(model.Path, later.Find(HubSite.Name with { Selector = HubSite.File })?.Path);
        Assert.Null(later.Find(HubSite.Name with { Selector = "Q4_K_M" }));
        Assert.Null(later.Find(HubSite.Name with { Revision = "v2" }));
        Assert.Equal(asked, site.Hub.Requests.Count);
    }

    [Fact]
    public async Task Models_are_listed_and_removed_one_by_one_and_together()
    {
        await using var site = await HubSite.StartAsync();
        site.Hub["tiny-Q4_K_M.gguf"] = HubStandIn.Bytes(300_000, seed: 3);
        using var library = site.Library();
        await HubSite.PullAsync(library, "Q8_0");
        await HubSite.PullAsync(library, "Q4_K_M");

        var before = library.List().Select(model => (model.Name, model.Bytes)).ToList();
        var freed = library.Remove(HubSite.Name with { Selector = "Q4_K_M" });
        var left = library.List().Select(model => model.Name).ToList();
        var rest = library.Remove(HubSite.Name);

        Assert.Equal([("acme/tiny-GGUF:Q4_K_M", 300_000L), ("acme/tiny-GGUF:Q8_0", 1L << 20)], before);
        Assert.Equal((300_000L, "acme/tiny-GGUF:Q8_0"), (freed, Assert.Single(left)));
        Assert.True(rest >= 1 << 20);
        Assert.Empty(site.FilesLeft());
        Assert.Null(library.Remove(HubSite.Name));
    }

    [Fact]
    public async Task A_model_that_is_being_pulled_is_not_removed()
    {
        await using var site = await HubSite.StartAsync();
        using var library = site.Library();
        var plan = await library.PlanAsync(HubSite.Name, [], Token);
        HubException? refusal = null;
        var report = new Reports(_ => refusal ??= Assert.Throws<HubException>(() => library.Remove(HubSite.Name)));

        await library.PullAsync(plan, report, () => { }, Token);

        Assert.Contains("is being pulled", refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Into_a_folder_of_the_users_nothing_else_is_replaced_unless_told()
    {
        await using var site = await HubSite.StartAsync();
        using var library = site.Library();
        var plan = await library.PlanAsync(HubSite.Name, [], Token);
        var folder = site.Data.In("mine");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, HubSite.File), "precious", Token);

        var refusal = await Assert.ThrowsAsync<HubException>(() => library.PullIntoAsync(plan, folder, false, null, () => { }, Token));
        var kept = await File.ReadAllTextAsync(Path.Combine(folder, HubSite.File), Token);
        var path = await library.PullIntoAsync(plan, folder, true, null, () => { }, Token);
        var served = site.Hub.Served;
        await library.PullIntoAsync(plan, folder, false, null, () => { }, Token);

        Assert.Contains("--yes", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(("precious", served), (kept, site.Hub.Served));
        Assert.Equal(site.Hub[HubSite.File], await File.ReadAllBytesAsync(path, Token));
        Assert.Empty(library.List());
    }

    private sealed class Reports(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }
}

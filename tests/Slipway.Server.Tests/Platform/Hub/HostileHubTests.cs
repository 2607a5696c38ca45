using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Slipway.Server.Platform.Hub;

namespace Slipway.Server.Tests.Platform.Hub;

public sealed class HostileHubTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(HubKind.HuggingFace)]
    [InlineData(HubKind.ModelScope)]
    public async Task What_is_not_what_was_listed_is_thrown_away(HubKind kind)
    {
        await using var site = await HubSite.StartAsync();
        var real = HubStandIn.Sha256Of(site.Hub[HubSite.File]);
        site.Hub.Listed = text => text.Replace(real, new string('0', 64), StringComparison.Ordinal);
        using var library = site.Library(kind);

        var refusal = await HubSite.RefusalAsync(library);

        Assert.Contains($"SHA-256 {real}, and the hub lists {new string('0', 64)}", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(site.FilesLeft());
    }

    [Fact]
    public async Task Small_files_are_checked_by_gits_own_id()
    {
        await using var site = await HubSite.StartAsync();
        site.Hub["config.json"] = "{}"u8.ToArray();
        site.Hub["model.safetensors"] = HubStandIn.Bytes(2000);
        using var library = site.Library();
        var plan = await library.PlanAsync(HubSite.Name with { Selector = "safetensors" }, [], Token);
        site.Hub["config.json"] = "[]"u8.ToArray();

        var refusal = await Assert.ThrowsAsync<HubException>(() => library.PullAsync(plan, null, () => { }, Token));

        Assert.Contains("git id", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_part_that_was_damaged_here_is_fetched_anew()
    {
        await using var site = await HubSite.StartAsync();
        site.Hub.Trouble = context => site.Hub.Served > 500_000
            ? HubStandIn.RefuseAsync(context, 400, "x").ContinueWith(_ => true, TaskScheduler.Default) : Task.FromResult(false);
        using var library = site.Library();
        await HubSite.RefusalAsync(library);
        var part = Assert.Single(site.FilesLeft("*.part"));
        var bytes = await File.ReadAllBytesAsync(part, Token);
        bytes[0] ^= 1;
        await File.WriteAllBytesAsync(part, bytes, Token);
        site.Hub.Trouble = null;

        var model = await HubSite.PullAsync(library);

        Assert.Equal(site.Hub[HubSite.File], await File.ReadAllBytesAsync(model.Path!, Token));
    }

    [Theory]
    [InlineData("file:///etc/passwd", "'file:'")]
    [InlineData("ftp://127.0.0.1/x", "'ftp:'")]
    [InlineData("http://user:pass@127.0.0.1/x", "redirects to")]
    [InlineData("/acme/tiny-GGUF/resolve/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/tiny-Q8_0.gguf", "redirects more than 5 times")]
    public async Task Redirects_lead_to_files_over_the_web_and_not_in_circles(string location, string says)
    {
        await using var site = await HubSite.StartAsync();
        site.Hub.RedirectsTo = _ => location;
        using var library = site.Library(settings: ("Hub:Parallel", "1"));

        var refusal = await HubSite.RefusalAsync(library);

        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
        Assert.InRange(site.Hub.Requests.Count, 3, 8);
    }

    [Theory]
    [InlineData("../../outside.gguf")]
    [InlineData("/etc/outside.gguf")]
    [InlineData("a\\\\..\\\\outside.gguf")]
    [InlineData("a/../outside.gguf")]
    [InlineData("a\\u0000b.gguf")]
    [InlineData("\\ud800.gguf")]
    [InlineData("fugg\\u202e.gguf")]
    [InlineData("a\\nb.gguf")]
    [InlineData("README.md")]
    [InlineData("")]
    public async Task A_list_with_a_name_that_leads_elsewhere_is_refused_whole(string path)
    {
        await using var site = await HubSite.StartAsync();
        site.Hub.Listed = text => text.Replace(HubSite.File, path, StringComparison.Ordinal);
        using var library = site.Library();

        var refusal = await HubSite.RefusalAsync(library, "Q8_0");

        Assert.Matches("outside of its folder|twice", refusal.Message);
        Assert.Empty(site.FilesLeft());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("<html>")]
    [InlineData("[1, 2]")]
    [InlineData("[{\"type\": \"file\", \"path\": \"x.gguf\", \"size\": -1}]")]
    [InlineData("[{\"type\": \"file\", \"path\": \"x.gguf\", \"size\": 9e99}]")]
    [InlineData("[{\"type\": \"file\", \"path\": \"x.gguf\", \"size\": 9223372036854775807}, {\"type\": \"file\", \"path\": \"y.gguf\", \"size\": 1}]")]
    [InlineData("[{\"type\": \"file\", \"path\": \"x.gguf\", \"size\": 99999999999999}]")]
    [InlineData("[{\"type\": \"file\", \"path\": \"x.gguf\", \"size\": 1, \"oid\": \"short\"}]")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]")]
    public async Task What_is_no_list_is_refused(string list)
    {
        await using var site = await HubSite.StartAsync();
        site.Hub.Listed = _ => list;

        foreach (var kind in Enum.GetValues<HubKind>())
        {
            using var library = site.Library(kind);
            await HubSite.RefusalAsync(library);
        }
    }

    [Fact]
    public async Task A_list_without_end_is_not_read_to_its_end()
    {
        await using var site = await HubSite.StartAsync();
        site.Hub.Trouble = async context =>
        {
            var piece = new byte[1 << 20];
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(piece, context.RequestAborted);
            }
            return true;
        };
        using var library = site.Library();

        var refusal = await HubSite.RefusalAsync(library);

        Assert.Contains("longer than 16 MiB", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_that_drips_is_not_waited_for()
    {
        await using var site = await HubSite.StartAsync();
        site.Hub.Trouble = async context =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.WriteAsync(" ", context.RequestAborted);
                await Task.Delay(TimeSpan.FromMilliseconds(10), context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            return true;
        };
        using var library = site.Library(settings: ("Hub:StallTimeout", "00:00:00.2"));

        var refusal = await HubSite.RefusalAsync(library);

        Assert.Contains("too slowly", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_steers_a_terminal_does_not_come_through_a_message()
    {
        await using var site = await HubSite.StartAsync();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync(listener, "HTTP/1.1 200 OK\r\n\x1b]0;owned\x07\r\n\r\n"u8.ToArray());
        using var library = new HubLibrary(site.Data.Settings(("Hub:Retries", "0")), HubKind.HuggingFace, $"http://{listener.LocalEndpoint}");

        var refusal = await HubSite.RefusalAsync(library);

        await answering;
        Assert.Contains("owned", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(refusal.Message, char.IsControl);
    }

    [Fact]
    public async Task Pages_elsewhere_are_not_read()
    {
        await using var site = await HubSite.StartAsync();
        site.Hub.Trouble = context =>
        {
            context.Response.Headers.Link = $"<{site.Hub.Storage}/more>; rel=\"next\"";
            return Task.FromResult(false);
        };
        using var library = site.Library();

        var refusal = await HubSite.RefusalAsync(library);

        Assert.Contains("next page of its list elsewhere", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gated_model_is_told_with_what_helps()
    {
        await using var site = await HubSite.StartAsync();
        site.Hub.IsGated = true;
        using var stranger = site.Library();
        using var known = site.Library(settings: ("HF_TOKEN", "hf_secret"));

        var first = await HubSite.RefusalAsync(stranger);
        site.Hub.Token = "hf_secret";
        var second = await HubSite.RefusalAsync(known);

        Assert.Contains($"Accept them at {site.Hub.Url}/{HubStandIn.Repository}, then set HF_TOKEN", first.Message, StringComparison.Ordinal);
        Assert.Contains("has not been let in", second.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hf_secret", second.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HubKind.HuggingFace, "acme/nothing", "needs a token in HF_TOKEN")]
    [InlineData(HubKind.ModelScope, "acme/nothing", "needs a token in MODELSCOPE_API_TOKEN")]
    [InlineData(HubKind.HuggingFace, "acme/tiny-GGUF@v9", "has no revision 'v9'")]
    [InlineData(HubKind.ModelScope, "acme/tiny-GGUF@v9", "in revision 'v9'")]
    public async Task What_is_not_there_is_told(HubKind kind, string name, string says)
    {
        await using var site = await HubSite.StartAsync();
        using var library = site.Library(kind);

        var refusal = await Assert.ThrowsAsync<HubException>(() => library.PlanAsync(HubName.Parse(name), [], Token));

        Assert.Equal(HubFault.NotFound, refusal.Fault);
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Storage_that_does_not_let_in_is_asked_for_again_and_given_up_in_the_end()
    {
        await using var site = await HubSite.StartAsync();
        site.Hub.Trouble = context => !context.Request.Path.StartsWithSegments("/store") ? Task.FromResult(false)
            : HubStandIn.RefuseAsync(context, 403, "").ContinueWith(_ => true, TaskScheduler.Default);
        using var library = site.Library(settings: [("Hub:Retries", "2"), ("Hub:Parallel", "1")]);

        var refusal = await HubSite.RefusalAsync(library);

        Assert.Contains("3 times in a row", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(3, site.Hub.Requests.Count(request => request.StartsWith("storage", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Too_little_room_is_told_before_anything_is_written()
    {
        await using var site = await HubSite.StartAsync();
        using var library = site.Library(free: (1 << 20) - 1);

        var refusal = await HubSite.RefusalAsync(library);

        Assert.Contains("1,048,576 bytes more", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(site.FilesLeft());
        Assert.Equal(0, site.Hub.Served);
    }

    [Theory]
    [InlineData("compressed")]
    [InlineData("another part")]
    public async Task Answers_that_are_not_what_was_asked_for_are_refused(string says)
    {
        await using var site = await HubSite.StartAsync();
        site.Hub.Trouble = async context =>
        {
            if (!context.Request.Path.StartsWithSegments("/store"))
            {
                return false;
            }
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = "bytes 0-9/1048576";
            context.Response.Headers.ContentEncoding = says == "compressed" ? "gzip" : default;
            await context.Response.WriteAsync("0123456789", context.RequestAborted);
            return true;
        };
        using var library = site.Library(settings: [("Hub:PartBytes", "65536"), ("Hub:Parallel", "2")]);

        var refusal = await HubSite.RefusalAsync(library);

        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_in_the_folder_is_not_written_through()
    {
        await using var site = await HubSite.StartAsync();
        using var library = site.Library();
        site.Hub["sub/x-Q4_0.gguf"] = HubStandIn.Bytes(5000);
        var (folder, outside) = (site.Data.In("mine"), site.Data.In("outside"));
        Directory.CreateDirectory(folder);
        Directory.CreateDirectory(outside);
        Directory.CreateSymbolicLink(Path.Combine(folder, "sub"), outside);
        var plan = await library.PlanAsync(HubSite.Name with { Selector = "Q4_0" }, [], Token);

        await Assert.ThrowsAsync<HubException>(() => library.PullIntoAsync(plan, folder, true, null, () => { }, Token));

        Assert.Empty(Directory.GetFiles(outside));
    }

    [Theory]
    [InlineData("ftp://example.com")]
    [InlineData("https://user:pass@example.com")]
    [InlineData("https://example.com/?x=1")]
    [InlineData("example.com")]
    [InlineData("file:///tmp")]
    public async Task What_is_no_address_of_a_hub_is_refused(string endpoint)
    {
        await using var site = await HubSite.StartAsync();

        Assert.Throws<ArgumentException>(() => new HubLibrary(site.Data.Settings(), HubKind.HuggingFace, endpoint).Dispose());
    }

    [Theory]
    [InlineData("Hub:Parallel", "0")]
    [InlineData("Hub:PartBytes", "x")]
    [InlineData("Hub:StallTimeout", "00:00:00")]
    public async Task Settings_that_cannot_be_are_named(string name, string value)
    {
        await using var site = await HubSite.StartAsync();

        var refusal = Assert.Throws<ServerStartException>(() => site.Library(settings: (name, value)).Dispose());

        Assert.Contains(name.Split(':')[1], refusal.Message, StringComparison.Ordinal);
    }

    private static async Task AnswerAsync(TcpListener listener, byte[] bytes)
    {
        using var caller = await listener.AcceptTcpClientAsync(Token);
        var asked = await caller.GetStream().ReadAsync(new byte[4096], Token);
        await caller.GetStream().WriteAsync(asked > 0 ? bytes : [], Token);
    }
}

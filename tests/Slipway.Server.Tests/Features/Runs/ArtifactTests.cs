using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Client.Runs;
using Slipway.Server.Features.Runs.Artifacts;

namespace Slipway.Server.Tests.Features.Runs;

public sealed class ArtifactTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Only_ordinary_files_of_the_run_itself_are_listed()
    {
        await using var server = await TrainingServer.StartAsync("""
            cd "$SLIPWAY_OUTPUT_DIR"
            echo mine > model.safetensors; mkdir -p checkpoint-5; echo state > checkpoint-5/optimizer.pt
            echo cn > '微调 结果.txt'; printf x > "$(printf 'new\nline')"; printf x > '..hidden'; printf x > 'back\slash'
            ln -s /etc/passwd secret.txt; ln -s /etc folder; ln -s ../../../ others; ln -s nowhere dangling
            mkfifo pipe; printf x > "$(printf 'bad\377name')"; : > empty
            """);
        var run = await server.EndOfAsync((await server.StartRunAsync()).Id);

        var artifacts = await server.GetAsync<List<RunArtifact>>($"/runs/{run.Id}/artifacts");

        Assert.Equal(
            ["..hidden", "back\\slash", "checkpoint-5/optimizer.pt", "empty", "model.safetensors", "微调 结果.txt"], artifacts.Select(one => one.Name));
        Assert.Equal(6, run.ArtifactsCount);
        Assert.Equal(["file", "file", "checkpoint", "file", "model", "file"], artifacts.Select(one => one.Kind));
    }

    [Theory]
    [InlineData("mv sub hidden; ln -s /etc sub", "sub/passwd")]
    [InlineData("cd ..; rm -rf output; ln -s /etc output", "passwd")]
    [InlineData("rm -rf sub; ln -s ../../../OTHER/1/output/sub sub", "sub/passwd")]
    public async Task A_listed_file_that_became_a_link_is_gone(string exchange, string name)
    {
        await using var server = await TrainingServer.StartAsync($$"""
            (cd "$SLIPWAY_OUTPUT_DIR"; mkdir sub; echo mine > sub/passwd; echo mine > passwd)
            while [ ! -f open ]; do sleep 0.05; done
            (cd "$SLIPWAY_OUTPUT_DIR"; {{exchange}}); echo exchanged
            while [ ! -f end ]; do sleep 0.05; done
            """);
        var run = await server.StartRunAsync();
        await server.RunningAsync(run.Id);
        var listed = await ListedAsync(server, run.Id, name);
        server.Open("open");
        await server.UntilAsync(run.Id, one => one.LogCount >= 4);

        using var answer = await server.Http.GetAsync($"/runs/{run.Id}/artifacts/{listed.Id}/content", Token);
        server.Open("end");
        await server.EndOfAsync(run.Id);
        var left = await server.GetAsync<List<RunArtifact>>($"/runs/{run.Id}/artifacts");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.DoesNotContain(left, one => one.Name == name);
    }

    [Fact]
    public async Task Ranges_are_answered_and_nothing_is_shown_as_a_page()
    {
        await using var server = await TrainingServer.StartAsync("""printf '<script>0123456789' > "$SLIPWAY_OUTPUT_DIR/page.html" """);
        var run = await server.EndOfAsync((await server.StartRunAsync()).Id);
        var file = Assert.Single(await server.GetAsync<List<RunArtifact>>($"/runs/{run.Id}/artifacts"));
        var address = $"/runs/{run.Id}/artifacts/{file.Id}/content";

        using var middle = await RangeAsync(server, address, 8, 11);
        using var beyond = await RangeAsync(server, address, 18, 30);
        using var whole = await server.Http.GetAsync(address, Token);
        using var unknown = await server.Http.GetAsync($"/runs/{run.Id}/artifacts/nothing/content", Token);

        Assert.Equal((HttpStatusCode.PartialContent, "0123"), (middle.StatusCode, await middle.Content.ReadAsStringAsync(Token)));
        Assert.Equal("bytes 8-11/18", middle.Content.Headers.ContentRange?.ToString());
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, beyond.StatusCode);
        Assert.Equal(("application/octet-stream", "attachment"), (whole.Content.Headers.ContentType?.MediaType, whole.Content.Headers.ContentDisposition?.DispositionType));
        Assert.Equal(("nosniff", "bytes"), (whole.Headers.GetValues("X-Content-Type-Options").Single(), whole.Headers.AcceptRanges.Single()));
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task The_hash_of_each_file_appears_after_the_end()
    {
        await using var server = await TrainingServer.StartAsync("""printf one > "$SLIPWAY_OUTPUT_DIR/a"; head -c 5000000 /dev/zero > "$SLIPWAY_OUTPUT_DIR/b" """);
        var run = await server.StartRunAsync();
        await server.EndOfAsync(run.Id);

        List<RunArtifact> artifacts = [];
        await server.UntilAsync(run.Id, async _ =>
        {
            artifacts = await server.GetAsync<List<RunArtifact>>($"/runs/{run.Id}/artifacts");
            return artifacts.TrueForAll(one => one.Sha256 is not null);
        });

        Assert.Equal([Hash(Encoding.UTF8.GetBytes("one")), Hash(new byte[5_000_000])], artifacts.Select(one => one.Sha256));
    }

    [Fact]
    public async Task A_file_that_changes_after_the_end_is_hashed_once_and_as_it_is()
    {
        await using var server = await TrainingServer.StartAsync("""printf one > "$SLIPWAY_OUTPUT_DIR/a" """);
        var run = await server.EndOfAsync((await server.StartRunAsync()).Id);
        var store = server.Services.GetRequiredService<ArtifactStore>();
        var before = await store.FindAsync(run.Id, ArtifactScan.IdOf(run.Id, 1, "a"), Token);

        await store.HashedAsync(before! with { Bytes = 1 }, Hash(Encoding.UTF8.GetBytes("other")), 5, Token);

        var after = await store.FindAsync(run.Id, before.Id, Token);
        Assert.Equal((5L, Hash(Encoding.UTF8.GetBytes("other"))), (after!.Bytes, after.Sha256));
        Assert.Empty(await store.UnhashedAsync(server.Runs.Owner, Token));
    }

    [Fact]
    public async Task An_ended_attempt_keeps_the_list_that_was_made_at_its_end()
    {
        await using var server = await TrainingServer.StartAsync("""printf one > "$SLIPWAY_OUTPUT_DIR/a" """);
        var run = await server.EndOfAsync((await server.StartRunAsync()).Id);

        // What a reader had found before the file was written, and wants to note after the end.
        await server.Services.GetRequiredService<ArtifactStore>().RefreshAsync(run.Id, 1, [], Token);

        Assert.Single(await server.GetAsync<List<RunArtifact>>($"/runs/{run.Id}/artifacts"));
    }

    [Fact]
    public async Task Of_very_many_files_a_part_is_listed_and_the_log_says_so()
    {
        await using var server = await TrainingServer.StartAsync("""
            cd "$SLIPWAY_OUTPUT_DIR"; mkdir many; cd many; seq 1 30000 | xargs touch; cd ..; printf x > model.gguf
            """);

        var run = await server.EndOfAsync((await server.StartRunAsync()).Id);
        var artifacts = await server.GetAsync<List<RunArtifact>>($"/runs/{run.Id}/artifacts");

        Assert.Equal((20_000L, 20_000), (run.ArtifactsCount, artifacts.Count));
        Assert.Contains(artifacts, one => one.Name == "model.gguf");
        Assert.Contains(await server.LogsAsync(run.Id), line => line is { Level: "warning", Source: "slipway" });
    }

    [Fact]
    public async Task Tags_are_added_once_and_taken_away()
    {
        await using var server = await TrainingServer.StartAsync("""printf one > "$SLIPWAY_OUTPUT_DIR/a"; printf two > "$SLIPWAY_OUTPUT_DIR/b" """);
        var run = await server.EndOfAsync((await server.StartRunAsync()).Id);
        var file = (await server.GetAsync<List<RunArtifact>>($"/runs/{run.Id}/artifacts"))[0];
        var tags = $"/runs/{run.Id}/artifacts/{file.Id}/tags";

        var added = await server.SendAsync(HttpMethod.Post, tags, new { tags = new[] { "best", " best", "生产" } });
        var found = await server.GetAsync<List<RunArtifact>>($"/runs/{run.Id}/artifacts?tag=best");
        var taken = await server.SendAsync(HttpMethod.Delete, $"{tags}/best");
        var again = await server.SendAsync(HttpMethod.Delete, $"{tags}/best");
        var wrong = await Task.WhenAll(new object[] { new { }, new { tags = Array.Empty<string>() }, new { tags = new[] { "" } }, new { tags = new[] { "a\0" } } }
            .Select(body => server.SendAsync(HttpMethod.Post, tags, body)));

        Assert.Equal(200, added.Status);
        Assert.Equal(["best", "生产"], Assert.Single(found).Tags);
        Assert.Equal((200, 404), (taken.Status, again.Status));
        Assert.All(wrong, answer => Assert.Equal(422, answer.Status));
    }

    private static async Task<RunArtifact> ListedAsync(TrainingServer server, string id, string name)
    {
        RunArtifact? found = null;
        await server.UntilAsync(id, async _ =>
        {
            found = (await server.GetAsync<List<RunArtifact>>($"/runs/{id}/artifacts")).Find(one => one.Name == name);
            return found is not null;
        });
        return found!;
    }

    private static async Task<HttpResponseMessage> RangeAsync(TrainingServer server, string address, long from, long to)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Range = new RangeHeaderValue(from, to);
        return await server.Http.SendAsync(request, Token);
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}

using System.Diagnostics;
using System.Text.Json.Nodes;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Tests.Features.Gateway;

namespace Slipway.Server.Tests.Commands;

public sealed class KeysCommandTests : IDisposable
{
    private readonly DataSite _site = new();

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task A_key_is_made_listed_rotated_and_revoked()
    {
        var made = await RunAsync(
            "create", "--name", "alice", "--models", "a, b/c", "--rpm", "5", "--tpm", "1000", "--concurrency", "2", "--budget", "1.5", "--expires", "30d", "--admin");
        var listed = await RunAsync("list");
        var rotated = await RunAsync("rotate", "alice", "--overlap", "1h");
        var revoked = await RunAsync("revoke", "alice");
        var json = JsonNode.Parse((await RunAsync("list", "--json")).Output)!;

        Assert.True(KeyText.IsWhole(made.Output.Trim()), made.Output + made.Errors);
        Assert.Contains("models a,b/c; rpm 5; tpm 1000; concurrency 2; budget 1.5 USD; until", listed.Output, StringComparison.Ordinal);
        Assert.True(KeyText.IsWhole(rotated.Output.Trim()));
        Assert.NotEqual(made.Output, rotated.Output);
        Assert.Equal(0, revoked.ExitCode);
        Assert.NotNull(json["revoked_at"]);
        Assert.Equal(1.5m, (decimal)json["budget_usd"]!);
    }

    [Theory]
    [InlineData(2, "--expires", "create", "--name", "x", "--expires", "tomorrow")]
    [InlineData(2, "rpm is 0", "create", "--name", "x", "--rpm", "0")]
    [InlineData(2, "--name", "create")]
    [InlineData(2, "--overlap", "rotate", "x", "--overlap", "soon")]
    [InlineData(1, "No key in use", "revoke", "nobody")]
    public async Task What_is_wrong_is_named(int exitCode, string says, params string[] arguments)
    {
        var ran = await RunAsync(arguments);

        Assert.Equal((exitCode, ""), (ran.ExitCode, ran.Output));
        Assert.Contains(says, ran.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_that_is_written_to_disk_holds_a_secret()
    {
        var secret = (await RunAsync("create", "--name", "alice")).Output.Trim();

        Assert.All(Directory.GetFiles(_site.Path), file =>
            Assert.DoesNotContain(secret[KeyText.PrefixLength..], File.ReadAllText(file, System.Text.Encoding.Latin1), StringComparison.Ordinal));
    }

    private async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "slipway.dll"), "keys", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["SLIPWAY_DATA"] = _site.Path;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output, await errors);
    }
}

using Slipway.Server.Processes;

namespace Slipway.Server.Tests.Processes;

public sealed class ChildEnvironmentTests
{
    [Theory]
    [InlineData("AWS_SECRET_ACCESS_KEY")]
    [InlineData("OPENAI_API_KEY")]
    [InlineData("HF_TOKEN")]
    [InlineData("client_secret")]
    [InlineData("PGPASSWORD")]
    [InlineData("MYSQL_PWD")]
    [InlineData("TRAINING_DB_URL")]
    [InlineData("DATABASE__URL")]
    [InlineData("GATEWAY__REDIS_URL")]
    [InlineData("Serving__Model")]
    [InlineData("REDIS_URL")]
    [InlineData("SLIPWAY_DATA")]
    [InlineData("ASPNETCORE_URLS")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS")]
    [InlineData("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS")]
    [InlineData("DOTNET_gcServer")]
    public void Secrets_and_our_own_settings_stay_here(string name)
    {
        var passed = ChildEnvironment.Of(new Dictionary<string, string?> { [name] = "x" }, []);

        Assert.Empty(passed);
    }

    [Theory]
    [InlineData("PATH")]
    [InlineData("HOME")]
    [InlineData("CUDA_VISIBLE_DEVICES")]
    [InlineData("LD_LIBRARY_PATH")]
    [InlineData("TOKENIZERS_PARALLELISM")]
    [InlineData("DOTNET_ROOT")]
    [InlineData("HTTPS_PROXY")]
    [InlineData("KEYBOARD")]
    public void What_programs_need_is_passed_on(string name)
    {
        var passed = ChildEnvironment.Of(new Dictionary<string, string?> { [name] = "x" }, []);

        Assert.Equal("x", Assert.Single(passed).Value);
    }

    [Fact]
    public void What_is_named_passes_whatever_it_looks_like()
    {
        var ours = new Dictionary<string, string?> { ["HF_TOKEN"] = "a", ["WANDB_API_KEY"] = "b", ["OPENAI_API_KEY"] = "c" };

        var passed = ChildEnvironment.Of(ours, ["HF_TOKEN", "WANDB_*"]);

        Assert.Equal(["HF_TOKEN", "WANDB_API_KEY"], passed.Select(variable => variable.Key).Order());
    }

    [Fact]
    public async Task A_child_sees_no_secret_of_ours_and_all_of_its_own()
    {
        await using var site = new ProcessSite();
        Environment.SetEnvironmentVariable("PROCESS_TEST_SECRET", "hush");
        var order = site.Order("a", "env") with { Environment = new Dictionary<string, string> { ["HF_TOKEN"] = "a = b\nc" } };

        _ = await site.RunAsync(order);

        Assert.DoesNotContain("hush", site.OutputOf("a"), StringComparison.Ordinal);
        Assert.Contains("\nHF_TOKEN=a = b\nc\n", "\n" + site.OutputOf("a"), StringComparison.Ordinal);
        Assert.Contains("\nSLIPWAY_PROCESS=a\n", "\n" + site.OutputOf("a"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("A=B")]
    [InlineData("A\0")]
    public async Task A_name_that_no_environment_holds_is_refused(string name)
    {
        await using var site = new ProcessSite();

        var refusal = await site.StartAsync(site.Shell("a", "true") with { Environment = new Dictionary<string, string> { [name] = "x" } });

        Assert.Contains("cannot be set in an environment", refusal, StringComparison.Ordinal);
    }
}

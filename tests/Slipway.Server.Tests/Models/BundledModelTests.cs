using Microsoft.Extensions.DependencyInjection;
using Slipway.Commands;
using Slipway.Models;
using Slipway.Server.Serving;
using Slipway.Server.Tests.Commands;

namespace Slipway.Server.Tests.Models;

public sealed class BundledModelTests
{
    [Fact]
    public void A_named_model_is_taken_whether_or_not_there_is_a_bundled_one()
    {
        Assert.Equal("mine.gguf", BundledModel.Or("mine.gguf", "gone.gguf"));
    }

    [Fact]
    public void Without_a_name_the_bundled_one_is_taken()
    {
        using var model = new ModelFile();

        Assert.Equal(model.Path, BundledModel.Or(null, model.Path));
    }

    [Fact]
    public void A_build_without_one_says_so()
    {
        var exception = Assert.Throws<CommandException>(() => BundledModel.Or(null, "/gone/slipway-tiny.gguf"));

        Assert.Contains("/gone/slipway-tiny.gguf", exception.Message, StringComparison.Ordinal);
        Assert.Contains("--model FILE", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_server_serves_its_default_where_nothing_names_a_model()
    {
        using var model = new ModelFile("bundled");

        await using var server = await RunningServer.StartAsync(new ServerOptions { DefaultModel = model.Path });

        Assert.Equal("bundled", LoadedName(server));
    }

    [Fact]
    public async Task The_configuration_wins_over_the_default()
    {
        using var bundled = new ModelFile("bundled");
        using var mine = new ModelFile("mine");

        await using var server = await RunningServer.StartAsync(new ServerOptions { DefaultModel = bundled.Path }, ["--Serving:Model=" + mine.Path]);

        Assert.Equal("mine", LoadedName(server));
    }

    [Fact]
    public async Task Without_a_model_means_without_the_default_and_the_configured_one()
    {
        using var model = new ModelFile();

        await using var server = await RunningServer.StartAsync(
            new ServerOptions { Model = ServerOptions.NoModel, DefaultModel = model.Path }, ["--Serving:Model=" + model.Path]);

        Assert.Null(LoadedName(server));
    }

    [Fact]
    public async Task A_model_and_none_at_once_is_a_wrong_use()
    {
        var (exitCode, _, errors) = await SlipwayProgram.RunAsync("serve", "--model", "a.gguf", "--no-model");

        Assert.Equal(2, exitCode);
        Assert.Contains("--no-model", errors, StringComparison.Ordinal);
    }

    private static string? LoadedName(RunningServer server) =>
        Path.GetFileNameWithoutExtension(server.Services.GetRequiredService<ModelHost>().Current?.Source.Path);
}

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Slipway.Server.Features.Deployments.Engines;

namespace Slipway.Server.Tests.Features.Deployments.Engines;

public sealed class EngineConfigurationTests
{
    [Fact]
    public async Task Programs_are_named_in_the_configuration()
    {
        using var played = await PlayedEngines.CreateAsync();
        using var services = Services(played.Settings);

        var engines = services.GetServices<IServingEngine>().ToList();
        var commands = engines.Where(engine => engine.UsesGpus).Select(engine => engine.CommandFor(EngineBench.Order()).Arguments[0]);

        Assert.Equal(["vllm", "sglang", "llama-server", "slipway"], engines.Select(engine => engine.Name));
        Assert.Equal(["vllm", "python3", "llama-server"], commands.Select(Path.GetFileName));
        Assert.All(engines, engine => Assert.Null(engine.Absence()));
    }

    [Fact]
    public void An_empty_name_stops_the_start()
    {
        using var services = Services(["--Deployments:Engines:vllm="]);

        var refusal = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<EngineOptions>>().Value);

        Assert.Contains("Vllm", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_model_that_the_program_carries_is_known_to_the_engines()
    {
        await using var server = SlipwayServer.Build(new ServerOptions { DefaultModel = "/app/models/slipway-tiny/slipway-tiny-q8_0.gguf", Ports = [0] });

        var known = server.Configuration["Deployments:Engines:BundledModel"];

        Assert.Equal("/app/models/slipway-tiny/slipway-tiny-q8_0.gguf", known);
    }

    private static ServiceProvider Services(string[] settings)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddCommandLine(settings).Build());
        services.AddServingEngines();
        return services.BuildServiceProvider();
    }
}

using Slipway.Server.Features.Deployments.Engines;
using Slipway.Server.Tests.Features.Runs.Executors;
using Slipway.Server.Tests.House;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Features.Deployments.Engines;

/// <summary>Engines that are no play: our own program, and llama.cpp's where it is installed.</summary>
public sealed class RealEngineTests : IDisposable
{
    private static readonly string[] Program = [HostProgram.Find("dotnet") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, "slipway.dll")];

    private readonly string _data = Directory.CreateTempSubdirectory("slipway-replica-").FullName;

    [Fact]
    public async Task Slipway_serves_a_model_under_the_name_it_is_given()
    {
        using var model = new ModelFile();
        var engine = EngineBench.Engine("slipway", new() { Slipway = Program });

        using var started = Start(engine, model.Path, "--workers 2 --threads 1");
        await started.BecomesWellAsync(engine.HealthPath);
        var answer = await started.ChatAsync("team/Qwen3-8B");
        var figures = engine.ReadFigures(await started.Http.GetStringAsync(engine.MetricsPath, TestContext.Current.CancellationToken));

        Assert.Equal("team/Qwen3-8B", answer.GetProperty("model").GetString());
        Assert.True(figures is { Running: not null, Waiting: 0, Progress: > 0 }, $"{figures}");
        Assert.NotEmpty(Directory.EnumerateFiles(_data));
    }

    [Fact]
    public async Task Llama_server_serves_the_bundled_model()
    {
        Assert.SkipUnless(HostProgram.Find("llama-server") is not null, "llama-server is not on the PATH of this machine.");
        var engine = EngineBench.Engine("llama-server");
        var model = Path.Combine(Sources.Root, "models", "slipway-tiny", "slipway-tiny-q8_0.gguf");

        using var started = Start(engine, model, "-c 512 -np 1");
        await started.BecomesWellAsync(engine.HealthPath);
        await started.ChatAsync("team/Qwen3-8B");
        var figures = engine.ReadFigures(await started.Http.GetStringAsync(engine.MetricsPath, TestContext.Current.CancellationToken));

        Assert.True(figures is { Running: not null, Waiting: not null, Progress: > 0 }, $"{figures}");
    }

    public void Dispose() => TestData.Delete(_data);

    private StartedEngine Start(IServingEngine engine, string model, string extra)
    {
        var port = PlayedEngines.FreePort();
        return new StartedEngine(
            engine.CommandFor(EngineBench.Order(model, extra, port) with { ServedName = "team/Qwen3-8B", DataFolder = _data }), port);
    }
}

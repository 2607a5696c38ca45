using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Slipway.Server.Features.Deployments.Engines;
using Slipway.Server.Platform.Devices;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Features.Deployments.Engines;

public sealed class EngineChoiceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("slipway-choice-").FullName;
    private readonly ModelFile _model = new();

    [Fact]
    public async Task A_checkpoint_on_a_machine_with_a_gpu_goes_to_vllm()
    {
        using var played = await PlayedEngines.CreateAsync();

        var (engine, _) = Choice(played.Options, gpus: 1).Choose("auto", Checkpoint());

        Assert.Equal("vllm", engine?.Name);
    }

    [Fact]
    public async Task A_hubs_name_on_a_machine_with_a_gpu_goes_to_vllm()
    {
        using var played = await PlayedEngines.CreateAsync();

        var (engine, _) = Choice(played.Options, gpus: 1).Choose("auto", "Qwen/Qwen3-8B");

        Assert.Equal("vllm", engine?.Name);
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("slipway")]
    public void Without_a_gpu_a_checkpoint_that_Slipway_runs_is_its_own(string wanted)
    {
        using var checkpoint = new CheckpointFolder();
        File.Copy(_model.Path, Path.Combine(checkpoint.Path, "beside.gguf"));

        var (engine, refusal) = Choice(new()).Choose(wanted, checkpoint.Path);

        Assert.Equal(("slipway", ""), (engine?.Name, refusal));
    }

    [Fact]
    public void With_a_gpu_but_without_vllm_a_checkpoint_is_Slipways_own()
    {
        using var checkpoint = new CheckpointFolder();

        var (engine, _) = Choice(new() { Vllm = "/no/such" }, gpus: 1).Choose("auto", checkpoint.Path);

        Assert.Equal("slipway", engine?.Name);
    }

    [Fact]
    public void A_hubs_name_that_was_not_pulled_is_refused_with_the_remedy()
    {
        var (engine, refusal) = Choice(new()).Choose("auto", "Qwen/Qwen3-8B");

        Assert.Null(engine);
        Assert.Contains("'slipway pull Qwen/Qwen3-8B'", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_gpu_a_checkpoint_of_another_kind_finds_no_engine()
    {
        var (engine, refusal) = Choice(new()).Choose("auto", Checkpoint());

        Assert.Null(engine);
        Assert.Contains("no GPU", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gguf_file_that_Slipway_runs_is_its_own()
    {
        using var played = await PlayedEngines.CreateAsync();

        var (engine, _) = Choice(played.Options, gpus: 1).Choose("auto", _model.Path);

        Assert.Equal("slipway", engine?.Name);
    }

    [Fact]
    public void The_bundled_model_is_known_by_its_name()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "models", "slipway-tiny")).FullName;
        var file = Path.Combine(folder, "slipway-tiny-q8_0.gguf");
        File.Copy(_model.Path, file);

        var (engine, _) = Choice(new() { BundledModel = file }).Choose("auto", "slipway-tiny");

        Assert.Equal("slipway", engine?.Name);
    }

    [Fact]
    public async Task Another_gguf_file_goes_to_llama_server()
    {
        using var played = await PlayedEngines.CreateAsync();
        var file = Path.Combine(_folder, "other.gguf");
        await File.WriteAllTextAsync(file, "GGUF of a kind to come", TestContext.Current.CancellationToken);

        var (engine, _) = Choice(played.Options).Choose("auto", file);

        Assert.Equal("llama-server", engine?.Name);
    }

    [Fact]
    public void A_file_of_another_kind_is_no_model()
    {
        var file = Path.Combine(_folder, "notes.txt");
        File.WriteAllText(file, "no model");

        var (engine, refusal) = Choice(new(), gpus: 1).Choose("auto", file);

        Assert.Null(engine);
        Assert.Contains("no model that an engine takes", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_name_is_refused_with_the_known_ones()
    {
        var (_, refusal) = Choice(new()).Choose("vLLM", _model.Path);

        Assert.Equal("engine is 'vLLM'; accepted are auto, vllm, sglang, llama-server, slipway.", refusal);
    }

    [Fact]
    public void An_engine_that_is_not_installed_is_refused()
    {
        var (engine, refusal) = Choice(new() { Vllm = "/no/such" }).Choose("vllm", _model.Path);

        Assert.Null(engine);
        Assert.Contains("not installed", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/no/such/model", "'/no/such/model' is not on this machine")]
    [InlineData("/no/such.gguf", "'/no/such.gguf' is not on this machine")]
    public void A_path_without_a_model_is_not_taken_for_a_hubs_name(string model, string expected)
    {
        var (engine, refusal) = Choice(new(), gpus: 1).Choose("auto", model);

        Assert.Null(engine);
        Assert.StartsWith(expected, refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_engine_of_gguf_files_is_not_given_another_model()
    {
        using var played = await PlayedEngines.CreateAsync();

        var refusals = new[] { Checkpoint(), "Qwen/Qwen3-8B" }.Select(model => Choice(played.Options).Choose("llama-server", model).Refusal);

        Assert.All(refusals, refusal => Assert.Contains("takes a GGUF file", refusal, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Qwen/Qwen3-8B", "takes a GGUF file, a folder with one, and a folder with config.json")]
    [InlineData(null, "cannot be read")]
    public void Slipway_is_not_given_what_it_does_not_load(string? model, string says)
    {
        var (engine, refusal) = Choice(new()).Choose("slipway", model ?? Checkpoint());

        Assert.Null(engine);
        Assert.Contains(says, refusal, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _model.Dispose();
        TestData.Delete(_folder);
    }

    private string Checkpoint()
    {
        File.WriteAllText(Path.Combine(_folder, "config.json"), "{}");
        File.WriteAllText(Path.Combine(_folder, "model.safetensors"), "");
        return _folder;
    }

    private static EngineChoice Choice(EngineOptions options, int gpus = 0)
    {
        var seen = Enumerable.Range(0, gpus).Select(index => new Gpu(index, "GPU", $"GPU-{index}", 80L << 30, 80L << 30)).ToList();
        var survey = new DeviceSurvey(new Probe(new(seen, null, gpus > 0)), Options.Create(new DeviceOptions()), NullLogger<DeviceSurvey>.Instance);
        string[] names = ["vllm", "sglang", "llama-server", "slipway"];
        return new EngineChoice(names.Select(name => EngineBench.Engine(name, options)), survey, Options.Create(options));
    }

    private sealed class Probe(GpuSighting sighting) : IGpuProbe
    {
        public GpuSighting Look() => sighting;
    }
}

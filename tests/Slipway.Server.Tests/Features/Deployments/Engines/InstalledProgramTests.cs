using Slipway.Server.Features.Deployments.Engines;

namespace Slipway.Server.Tests.Features.Deployments.Engines;

public sealed class InstalledProgramTests
{
    [Fact]
    public async Task Programs_and_modules_of_the_path_are_found()
    {
        using var played = await PlayedEngines.CreateAsync();
        var path = $"/nowhere::{played.Folder}";

        var (vllm, python) = (InstalledProgram.Find("vllm", path), InstalledProgram.FindPythonWith("sglang", path));

        Assert.Equal((Path.Combine(played.Folder, "vllm"), Path.Combine(played.Folder, "python3")), (vllm, python));
    }

    [Fact]
    public async Task What_is_not_there_is_not_found()
    {
        using var played = await PlayedEngines.CreateAsync();

        var (program, python) = (InstalledProgram.Find("vllm-2", played.Folder), InstalledProgram.FindPythonWith("another", played.Folder));

        Assert.Equal((null, null), (program, python));
    }

    [Theory]
    [InlineData("vllm")]
    [InlineData("sglang")]
    [InlineData("llama-server")]
    public void An_absence_names_the_program_and_the_remedy(string name)
    {
        var options = new EngineOptions { Vllm = "/no/such", Sglang = ["/no/such"], LlamaServer = "/no/such" };

        var absence = EngineBench.Engine(name, options).Absence();

        Assert.Contains("'/no/such'", absence, StringComparison.Ordinal);
        Assert.Contains($"Deployments:Engines:{name}", absence, StringComparison.Ordinal);
    }
}

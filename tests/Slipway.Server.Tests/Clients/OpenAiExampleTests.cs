using System.Text.Json;
using Slipway.Server.Tests.House;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Clients;

/// <summary>The programs of examples/openai, run as a reader would run them.</summary>
[Collection(nameof(ClientCollection))]
public sealed class OpenAiExampleTests(Doors doors)
{
    private static readonly string Examples = Path.Combine(Sources.Root, "examples", "openai");

    public static TheoryData<string> Languages => ["javascript", "python", "csharp"];

    public static MatrixTheoryData<string, DoorKind> Ways => new(Languages.Select(row => row.Data), [DoorKind.Engine, DoorKind.SageMakerEvents]);

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_example_streams_an_answer(string language, DoorKind kind)
    {
        var door = await doors.AtAsync(kind);

        var (exitCode, output, errors) = await RunAsync(language, door, await door.MakeKeyAsync());

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Matches(@"\S[\s\S]*\n\(\d+ tokens\)\s*\z", output);
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public async Task An_example_shows_why_the_server_refuses(string language)
    {
        var door = await doors.AtAsync(DoorKind.Engine);
        _ = await door.MakeKeyAsync();

        var (exitCode, output, errors) = await RunAsync(language, door, "sk-wrong");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("API key", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void The_example_names_the_version_that_is_tested()
    {
        Assert.Equal(Version("tests/clients/package.json"), Version("examples/openai/javascript/package.json"));
    }

    private static string Version(string package) =>
        JsonSerializer.Deserialize<JsonElement>(Sources.Read(package)).GetProperty("dependencies").Field("openai");

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string language, Door door, string key)
    {
        var environment = new Dictionary<string, string>
        {
            ["OPENAI_BASE_URL"] = door.Front.Url + "/v1",
            ["OPENAI_API_KEY"] = key,
            ["MODEL"] = Door.Model,
            ["PYTHONIOENCODING"] = "utf-8",
        };
        if (language == "javascript")
        {
            return await RunWithPackagesAsync(environment);
        }

        if (language == "python")
        {
            Requirement.CheckProgram("python3");
            return await NodeProgram.RunToEndAsync("python3", [Path.Combine(Examples, "python", "chat.py"), "你是谁？"], environment);
        }

        // Built with these tests, in the same configuration.
        var output = Path.GetRelativePath(Path.Combine(Sources.Root, "tests", "Slipway.Server.Tests"), AppContext.BaseDirectory);
        return await NodeProgram.RunToEndAsync("dotnet", [Path.Combine(Examples, "csharp", output, "OpenAiChat.dll"), "你是谁？"], environment);
    }

    // Node looks for packages in the folders above a program: it runs from beside those of tests/clients.
    private static async Task<(int ExitCode, string Output, string Errors)> RunWithPackagesAsync(Dictionary<string, string> environment)
    {
        NodeProgram.CheckInstalled();
        var folder = Directory.CreateDirectory(Path.Combine(NodeProgram.Folder, "node_modules", $".example-{Guid.NewGuid():n}"));
        try
        {
            var program = Path.Combine(folder.FullName, "chat.mjs");
            File.Copy(Path.Combine(Examples, "javascript", "chat.mjs"), program);
            return await NodeProgram.RunToEndAsync("node", [program, "你是谁？"], environment);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}

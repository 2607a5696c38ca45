using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Slipway.Commands;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.House;

public sealed partial class ReadmeTests
{
    private static readonly string[] Files = ["README.md", "README.zh-CN.md"];

    private static readonly RootCommand Root = new()
    {
        ServeCommand.Create(), ChatCommand.Create(), RunCommand.Create(), TrainCommand.Create(), EvaluateCommand.Create(),
        ProjectsCommand.Create(), RunsCommand.Create(), DatasetsCommand.Create(), ConfigsCommand.Create(), DeploymentsCommand.Create(),
        DeployCommand.Create(), ModelsCommand.Create(), PullCommand.Create(),
        KeysCommand.Create(), BackupCommand.Create(), BenchCommand.Create(), InspectCommand.Create(), ConvertCommand.Create(), QuantizeCommand.Create(), TokenizeCommand.Create(), RenderCommand.Create(),
    };

    public static TheoryData<string> Commands() => [.. Lines().Concat(Lines("docs/gateway.md")).Concat(Lines("docs/database.md")).Concat(Lines("docs/runs.md")).Concat(Lines("docs/deployments.md")).Concat(Lines("docs/deployer.md")).Concat(Lines("docs/models.md")).Concat(Lines("docs/hub.md")).Concat(Lines("docs/quantization.md")).SelectMany(line => SlipwayCommand().Matches(line)).Select(match => match.Groups[1].Value.Trim()).Distinct()];

    public static TheoryData<string> Verbs() => [.. Commands().Select(command => command.Data.Split(' ')[0]).Distinct()];

    public static TheoryData<string> Calls() => [.. Lines().Concat(Lines("docs/generation.md")).Where(line => line.StartsWith("curl ", StringComparison.Ordinal)).Distinct()];

    [Theory]
    [InlineData("README.md", "README.zh-CN.md")]
    [InlineData("docs/gateway.md", "docs/gateway.zh-CN.md")]
    [InlineData("docs/training.md", "docs/training.zh-CN.md")]
    [InlineData("docs/database.md", "docs/database.zh-CN.md")]
    [InlineData("docs/runs.md", "docs/runs.zh-CN.md")]
    [InlineData("docs/deployments.md", "docs/deployments.zh-CN.md")]
    [InlineData("docs/deployer.md", "docs/deployer.zh-CN.md")]
    [InlineData("docs/models.md", "docs/models.zh-CN.md")]
    [InlineData("docs/hub.md", "docs/hub.zh-CN.md")]
    [InlineData("docs/generation.md", "docs/generation.zh-CN.md")]
    [InlineData("docs/quantization.md", "docs/quantization.zh-CN.md")]
    public void Both_languages_show_the_same_commands_under_the_same_number_of_headings(string inEnglish, string inChinese)
    {
        var (english, chinese) = (Sources.Read(inEnglish), Sources.Read(inChinese));

        Assert.Equal(Blocks(english), Blocks(chinese));
        Assert.Equal(Heading().Count(english), Heading().Count(chinese));
    }

    [Fact]
    public void The_two_commands_stand_in_both()
    {
        Assert.All(Files, file => Assert.Contains("\ndotnet run -c Release --project src/Slipway\n", Sources.Read(file), StringComparison.Ordinal));
        Assert.All(Files, file => Assert.Contains("\ndotnet test\n", Sources.Read(file), StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_command_shown_parses(string command)
    {
        var result = Root.Parse([.. CommandLineParser.SplitCommandLine(command)]);

        Assert.Empty(result.Errors.Select(error => error.Message));
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task The_program_knows_every_verb_shown(string verb)
    {
        var help = await RunAsync("dotnet", SlipwayDll, verb, "--help");

        Assert.Matches($@"Usage:\s+slipway {verb}\b", help);
        Assert.EndsWith("exit 0", help, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Every_call_shown_is_answered(string call)
    {
        Requirement.CheckProgram("curl");
        using var model = new ModelFile();
        // Its model never ends by itself, and answers here by the bundled one's name.
        await using var server = await ChatCalls.ServeAsync(
            model, "--Serving:KvTokens=256", "--Gateway:Routes:slipway-tiny:Upstreams:0:Kind=engine");

        var output = await RunAsync("bash", "-c", call.Replace("http://127.0.0.1:8000", server.Url, StringComparison.Ordinal));

        Assert.EndsWith("exit 0", output, StringComparison.Ordinal);
        Assert.Matches("""data: \{"type": "end"|"success":\s*true|"is_loaded":\s*true|"finish_reason":"(length|stop)"|"object":"list"|"confidence":|"success_rate":|"to_be_made":|data: \[DONE\]""", output);
    }

    [Fact]
    public void The_programs_shown_are_those_that_are_compiled_here()
    {
        var compiled = Sources.Read("tests/Slipway.Server.Tests/House/ReadmeSamples.cs").Split('\n').Select(line => line.Trim()).ToList();

        Assert.All(CSharpBlock().Matches(Sources.Read(Files[0])), block =>
        {
            var at = 0;
            Assert.All(
                block.Groups[1].Value.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
                line => Assert.True((at = compiled.IndexOf(line, at) + 1) > 0, $"Not in ReadmeSamples.cs, or not in this order: {line}"));
        });
    }

    [Fact]
    public async Task Wrong_arguments_are_told_with_exit_code_2()
    {
        var output = await RunAsync("dotnet", SlipwayDll, "run", "--temperature", "hot");

        Assert.Contains("--temperature", output, StringComparison.Ordinal);
        Assert.EndsWith("exit 2", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("slipway keys create", "keys", "create")]
    [InlineData("slipway keys", "keys", "crate")]
    [InlineData("slipway", "keyz")]
    public async Task Where_help_is_to_be_had_is_told_as_it_is_typed(string command, params string[] arguments)
    {
        var output = await RunAsync("dotnet", [SlipwayDll, .. arguments]);

        Assert.Contains($"Run '{command} --help'", output, StringComparison.Ordinal);
        Assert.EndsWith("exit 2", output, StringComparison.Ordinal);
    }

    private static string SlipwayDll => Path.Combine(AppContext.BaseDirectory, "slipway.dll");

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return $"{output}{await errors}exit {process.ExitCode}";
    }

    private static IEnumerable<string> Lines(string file = "README.md") => Blocks(Sources.Read(file)).SelectMany(block => block.Split('\n'));

    private static IEnumerable<string> Blocks(string text) => Block().Matches(text).Select(match => match.Groups[1].Value);

    [GeneratedRegex("^```[a-z]*\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex("^```csharp\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex CSharpBlock();

    [GeneratedRegex("^#+ ", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"(?:^|\| )(?:slipway|dotnet run -c Release --project src/Slipway --) ([a-z][^|]*)")]
    private static partial Regex SlipwayCommand();
}

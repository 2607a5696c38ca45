using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Slipway.Server.Tests.House;

public sealed partial class ReadmeTests
{
    private static readonly string[] Files = ["README.md", "README.zh-CN.md"];

    public static TheoryData<string> Commands()
    {
        var commands = from line in Blocks(Sources.Read("README.md")).SelectMany(block => block.Split('\n'))
                       from match in SlipwayCommand().Matches(line)
                       select match.Groups[1].Value.Trim();
        return [.. commands.Distinct()];
    }

    [Fact]
    public void Both_languages_show_the_same_commands_under_the_same_number_of_headings()
    {
        var (english, chinese) = (Sources.Read(Files[0]), Sources.Read(Files[1]));

        Assert.Equal(Blocks(english), Blocks(chinese));
        Assert.Equal(Heading().Count(english), Heading().Count(chinese));
    }

    [Fact]
    public void The_two_commands_stand_in_both()
    {
        Assert.All(Files, file => Assert.Contains("dotnet run -c Release --project src/Slipway -- serve --model FILE\n", Sources.Read(file), StringComparison.Ordinal));
        Assert.All(Files, file => Assert.Contains("\ndotnet test\n", Sources.Read(file), StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Every_command_shown_has_the_options_shown(string command)
    {
        var words = command.Split(' ');

        var help = await RunAsync(words[0], "--help");

        Assert.All(
            Option().Matches(command).Select(match => match.Value),
            option => Assert.Matches($@"(^|[\s,]){Regex.Escape(option)}[\s,]", help));
    }

    [Fact]
    public async Task Wrong_arguments_are_told_with_exit_code_2()
    {
        var output = await RunAsync("run", "--temperature", "hot");

        Assert.Contains("--temperature", output, StringComparison.Ordinal);
        Assert.EndsWith("exit 2", output, StringComparison.Ordinal);
    }

    private static async Task<string> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "slipway.dll"), .. arguments])
        {
            start.ArgumentList.Add(argument);
        }
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return $"{output}{await errors}exit {process.ExitCode}";
    }

    private static IEnumerable<string> Blocks(string text) => Block().Matches(text).Select(match => match.Groups[1].Value);

    [GeneratedRegex("```[a-z]*\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("^#+ ", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"(?:^|\| )slipway ([a-z][^|]*)")]
    private static partial Regex SlipwayCommand();

    [GeneratedRegex(@"(?<= )-{1,2}[a-z][a-z-]*")]
    private static partial Regex Option();
}

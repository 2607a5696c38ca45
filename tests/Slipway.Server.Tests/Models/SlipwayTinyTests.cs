using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using Slipway.Engine;
using Slipway.Evaluation;
using Slipway.Models;
using Slipway.Server.Tests.House;

namespace Slipway.Server.Tests.Models;

/// <summary>What the bundled model's card promises, asked of the file that is committed.</summary>
public sealed class SlipwayTinyTests
{
    private static readonly string Home = Path.Combine(Sources.Root, "models", "slipway-tiny");

    private static readonly string[] SmallWorld =
    [
        "computing", "everyday", "identity", "slipway", "commands", "options", "endpoints", "greetings", "small-talk", "odd-input",
    ];

    [Fact]
    public void The_file_is_small_enough_to_carry()
    {
        Assert.InRange(new FileInfo(Path.Combine(Home, "slipway-tiny-q8_0.gguf")).Length, 1, 8_000_000);
    }

    [Fact]
    public async Task It_is_right_about_questions_that_were_held_out()
    {
        using var model = LanguageModel.Load(BundledModel.Path);
        var questions = Question.ReadFile(Path.Combine(Home, "heldout.jsonl"));
        var examiner = new Examiner(model, threads: 2, maxTokens: 512, sequences: 32);

        var answers = await examiner.AskAsync(questions, () => { }, TestContext.Current.CancellationToken);

        Assert.True(Share(SmallWorld) >= 0.9, Failures(SmallWorld));
        Assert.True(Share("arithmetic-addition") >= 0.9, Failures("arithmetic-addition"));
        Assert.True(Share("arithmetic-subtraction") >= 0.9, Failures("arithmetic-subtraction"));
        Assert.True(Share("outside") >= 0.8, Failures("outside"));

        IEnumerable<ScoredAnswer> Of(string[] groups) => answers.Where(answer => groups.Contains(answer.Question.Group));
        double Share(params string[] groups) => Of(groups).Average(answer => answer.IsRight ? 1 : 0);
        string Failures(params string[] groups) => string.Create(CultureInfo.InvariantCulture, $"{Share(groups):0.000}: ") + string.Join(
            "; ", Of(groups).Where(answer => !answer.IsRight).Select(answer => $"{answer.Question.Messages[^1]!["content"]} → {answer.Answer}"));
    }

    [Theory]
    [InlineData("你好", "你好")]
    [InlineData("hello", "ello")]
    public async Task It_greets_in_the_language_of_the_greeting(string greeting, string expected)
    {
        await using var server = await ServeAsync();

        var (_, body) = await server.PostAsync("/api/v1/chat", new { message = greeting, temperature = 0 });

        Assert.True(body.GetProperty("success").GetBoolean());
        Assert.Contains(expected, body.Field("response"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_thinks_before_a_sum_and_the_thought_streams()
    {
        await using var server = await ServeAsync();

        var events = await StreamAsync(server, new { message = "37+48等于多少？", temperature = 0, separate_thinking = true });

        Assert.True(events.Count(item => item.Type == "thinking") > 3, string.Join("|", events));
        Assert.Contains("85", Text(events, "chunk"), StringComparison.Ordinal);
        Assert.Contains("7 + 8 = 15", Text(events, "thinking"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_does_not_think_when_asked_not_to()
    {
        await using var server = await ServeAsync();

        var events = await StreamAsync(server, new { message = "RSA和AES有什么区别？", temperature = 0, separate_thinking = true, enable_thinking = false });

        Assert.DoesNotContain(events, item => item.Type == "thinking");
        Assert.Contains("对称", Text(events, "chunk"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_chat_command_talks_with_it_and_remembers_what_was_said()
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "slipway.dll"), "chat", "--temperature", "0"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = Encoding.UTF8,
        })!;
        await process.StandardInput.WriteAsync("你好\n什么是 AES？\n它和 RSA 有什么区别？\nquit\n");
        process.StandardInput.Close();

        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, process.ExitCode);
        Assert.Contains("对称加密", output, StringComparison.Ordinal);
        Assert.Contains("非对称", output, StringComparison.Ordinal);
    }

    private static Task<RunningServer> ServeAsync() => RunningServer.StartAsync(new ServerOptions { DefaultModel = BundledModel.Path });

    private static async Task<List<(string Type, string Content)>> StreamAsync(RunningServer server, object body)
    {
        using var content = JsonContent.Create(body);
        using var response = await server.Http.PostAsync("/api/v1/chat/stream", content, TestContext.Current.CancellationToken);
        using var stream = new OpenStream(response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        return await stream.ReadToEndAsync();
    }

    private static string Text(List<(string Type, string Content)> events, string type) =>
        string.Concat(events.Where(item => item.Type == type).Select(item => item.Content));
}

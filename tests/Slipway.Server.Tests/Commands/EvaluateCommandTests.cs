using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Commands;

public sealed class EvaluateCommandTests : IDisposable
{
    // The model is random: it says something, and not this.
    private const string Right = """{"id": "r", "group": "easy", "lang": "en", "messages": [{"role": "user", "content": "a"}], "reject": ["no such text"]}""";
    private const string Wrong = """{"id": "w", "group": "hard", "lang": "en", "messages": [{"role": "user", "content": "b"}], "accept": ["no such text"]}""";

    private readonly ModelFile _model = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("slipway-evaluate-").FullName;

    [Fact]
    public async Task The_score_is_printed_and_written_and_never_fails_by_itself()
    {
        var table = Path.Combine(_folder, "table.md");

        var (exitCode, output, _) = await EvaluateAsync(Right + "\n" + Wrong + "\n", "--table", table, "--failures", "5");

        Assert.Equal(0, exitCode);
        Assert.Matches(@"easy +en +1/1 +100\.0 %", output);
        Assert.Matches(@"hard +en +0/1 +0\.0 %", output);
        Assert.StartsWith("w: b\n", output, StringComparison.Ordinal);
        Assert.Contains("| all |  | 1/2 | 50.0 % |", File.ReadAllText(table), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("easy=1", 0)]
    [InlineData("hard=0", 0)]
    [InlineData("hard=0.5", 1)]
    [InlineData("all=0.6", 1)]
    public async Task A_score_below_what_is_asked_for_exits_with_1(string limit, int expected)
    {
        var (exitCode, _, errors) = await EvaluateAsync(Right + "\n" + Wrong + "\n", "--at-least", limit);

        Assert.Equal(expected, exitCode);
        Assert.Equal(expected == 1, errors.Contains("--at-least asks for", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("medium=0.5", "the file has easy, hard")]
    [InlineData("easy=2", "accepted is GROUP=SHARE")]
    [InlineData("easy", "accepted is GROUP=SHARE")]
    public async Task A_limit_that_means_nothing_is_refused(string limit, string expected)
    {
        var (exitCode, _, errors) = await EvaluateAsync(Right + "\n" + Wrong + "\n", "--at-least", limit);

        Assert.Equal(1, exitCode);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_and_values_may_be_kept_in_Q8()
    {
        var (exitCode, output, _) = await EvaluateAsync(Right + "\n", "--kv-type", "q8_0");

        Assert.Equal(0, exitCode);
        Assert.Contains("1/1", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_is_no_question_is_told_by_its_number()
    {
        var (exitCode, _, errors) = await EvaluateAsync(Right + "\n{\"accept\": [\"x\"]}\n");

        Assert.Equal(1, exitCode);
        Assert.Contains("questions.jsonl:2: messages is missing", errors, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _model.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private Task<(int ExitCode, string Output, string Errors)> EvaluateAsync(string questions, params string[] arguments)
    {
        var file = Path.Combine(_folder, "questions.jsonl");
        File.WriteAllText(file, questions);
        return SlipwayProgram.RunAsync(["evaluate", "--model", _model.Path, "--max-tokens", "8", "--batch", "2", .. arguments, file]);
    }
}

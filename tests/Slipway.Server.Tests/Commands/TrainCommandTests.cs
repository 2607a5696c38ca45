using Slipway.Engine.Tokenizers;
using Slipway.Server.Tests.Models;
using Slipway.Server.Tests.Processes;
using Slipway.Server.Tests.Training;

namespace Slipway.Server.Tests.Commands;

public sealed class TrainCommandTests : IDisposable
{
    private readonly TrainingFolder _folder = new();

    [Fact]
    public async Task A_faulty_file_is_told_line_by_line_with_exit_code_1()
    {
        var file = _folder.Write("run.yaml", TrainingFolder.Least + "learning_rat: 1\n");

        var (exitCode, _, errors) = await SlipwayProgram.RunAsync("train", file, "bf16=maybe");

        Assert.Equal(1, exitCode);
        Assert.Contains("slipway: the training file has 2 faults:", errors, StringComparison.Ordinal);
        Assert.Contains("run.yaml:4: the key 'learning_rat' is not known; did you mean learning_rate?", errors, StringComparison.Ordinal);
        Assert.Contains("argument bf16: bf16 is 'maybe'", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_file_is_told_with_exit_code_1()
    {
        var (exitCode, _, errors) = await SlipwayProgram.RunAsync("train", _folder.In("gone.yaml"));

        Assert.Equal(1, exitCode);
        Assert.Contains("There is no training file", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_file_at_all_is_a_wrong_use_with_exit_code_2()
    {
        var (exitCode, _, errors) = await SlipwayProgram.RunAsync("train");

        Assert.Equal(2, exitCode);
        Assert.Contains("CONFIG.yaml", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_is_told_to_stop_saves_and_says_how_to_go_on()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM to send.");
        using var model = new ModelFile();
        _folder.Write("talk.jsonl", """{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}""" + "\n");
        var file = _folder.Write("run.yaml", $"model_name_or_path: {model.Path}\ndataset: talk.jsonl\noutput_dir: out\ncutoff_len: 64\nmax_steps: 10000000\nlogging_steps: 1\nthreads: 1\n");
        using var process = SlipwayProgram.Start("train", file);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && !line.StartsWith("step 2/", StringComparison.Ordinal))
        {
        }

        using var kill = Signals.Send(process, "TERM");
        var rest = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal("", await errors);
        Assert.Equal(130, process.ExitCode);
        Assert.Contains($"to go on: slipway train {file} --resume", rest, StringComparison.Ordinal);
        Assert.Single(Directory.GetDirectories(_folder.In("out"), "checkpoint-*"));
    }

    [Fact]
    public async Task A_tokenizer_is_trained_on_texts_and_conversations()
    {
        var text = _folder.Write("text.txt", string.Concat(Enumerable.Repeat("the boat is on the slipway\n", 50)));
        var lines = _folder.Write("lines.jsonl", string.Concat(Enumerable.Repeat("""{"messages": [{"role": "user", "content": "下水"}]}""" + "\n", 50)));
        var template = _folder.Write("chat.jinja", "{{ messages[0].content }}");

        var (exitCode, output, _) = await SlipwayProgram.RunAsync(
            "train", "tokenizer", "--out", _folder.In("tok"), "--vocab-size", "300", "--chat-template", template, text, lines);

        var tokenizer = Tokenizer.FromTokenizerJson(_folder.In("tok/tokenizer.json"));
        Assert.Equal(0, exitCode);
        Assert.Contains("tokenizer.json", output, StringComparison.Ordinal);
        Assert.Single(tokenizer.Encode("下水"));
        Assert.Single(tokenizer.Encode(" slipway"));
        Assert.Contains("messages[0].content", File.ReadAllText(_folder.In("tok/tokenizer_config.json")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_line_for_the_tokenizer_is_told_by_its_number()
    {
        var lines = _folder.Write("lines.jsonl", "{\"text\": \"a\"}\n\n[1]\n");

        var (exitCode, _, errors) = await SlipwayProgram.RunAsync("train", "tokenizer", "--out", _folder.In("tok"), lines);

        Assert.Equal(1, exitCode);
        Assert.Contains("lines.jsonl:3: not a JSON object", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.In("tok")));
    }

    public void Dispose() => _folder.Dispose();
}

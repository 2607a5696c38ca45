using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Server.Tests.Training;

/// <summary>The real program, killed while it writes checkpoints.</summary>
public sealed class KilledTrainingTests
{
    private const int Kills = 20;

    private const string Run = """
        tokenizer: tokenizer
        new_model:
          hidden_size: 64
          intermediate_size: 128
          num_hidden_layers: 2
          num_attention_heads: 2
          num_key_value_heads: 1
          head_dim: 32
          max_position_embeddings: 256
        dataset: questions.jsonl
        cutoff_len: 128
        per_device_train_batch_size: 2
        max_steps: 200
        learning_rate: 2.0e-3
        warmup_steps: 10
        logging_steps: 3
        save_steps: 2
        threads: 2
        model_name: counter
        huggingface: false
        output_dir: out

        """;

    [Fact]
    public async Task A_run_killed_twenty_times_while_it_writes_ends_with_the_weights_of_an_unbroken_one()
    {
        using var folder = Prepare();
        await FinishAsync(folder, "output_dir=unbroken");

        for (var kill = 0; kill < Kills; kill++)
        {
            // The first writing, or a later one: so that each life gets some steps further.
            await KillWhileWritingAsync(folder, writings: 2 + (kill % 3));
        }
        await FinishAsync(folder, "--resume");

        Assert.Equal(Hash(folder, "unbroken/checkpoint-200/weights.safetensors"), Hash(folder, "out/checkpoint-200/weights.safetensors"));
        Assert.Equal(Hash(folder, "unbroken/checkpoint-200/optimizer.safetensors"), Hash(folder, "out/checkpoint-200/optimizer.safetensors"));
        Assert.Equal(Hash(folder, "unbroken/counter-q8_0.gguf"), Hash(folder, "out/counter-q8_0.gguf"));
        Assert.Equal(LoggedLosses(folder, "unbroken"), LoggedLosses(folder, "out"));
    }

    private static TrainingFolder Prepare()
    {
        var folder = new TrainingFolder();
        var lines = Enumerable.Range(0, 400).Select(i => string.Create(CultureInfo.InvariantCulture,
            $$"""{"messages":[{"role":"user","content":"{{i % 20}} + {{i % 7}}?"},{"role":"assistant","content":"{{(i % 20) + (i % 7)}}"}]}"""));
        folder.Write("questions.jsonl", string.Join('\n', lines));
        folder.Write("run.yaml", Run);
        folder.Write("template.jinja",
            "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}");
        using var learning = Start(folder, "train", "tokenizer", "--out", "tokenizer", "--vocab-size", "280", "--chat-template", "template.jinja", "questions.jsonl");
        learning.WaitForExit(TimeSpan.FromMinutes(5));
        Assert.Equal(0, learning.ExitCode);
        return folder;
    }

    private static async Task FinishAsync(TrainingFolder folder, string argument)
    {
        using var process = Start(folder, "train", "run.yaml", argument);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        _ = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(10), TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await errors);
    }

    /// <summary>Kills as soon as the folder of a checkpoint that is being written appears for the n-th time.</summary>
    private static async Task KillWhileWritingAsync(TrainingFolder folder, int writings)
    {
        Directory.CreateDirectory(folder.In("out"));
        var seen = 0;
        var writing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watcher = new FileSystemWatcher(folder.In("out"), "*.partial") { NotifyFilter = NotifyFilters.DirectoryName };
        watcher.Created += (_, _) =>
        {
            if (Interlocked.Increment(ref seen) == writings)
            {
                writing.TrySetResult();
            }
        };
        watcher.EnableRaisingEvents = true;
        using var process = Start(folder, "train", "run.yaml", "--resume");
        _ = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

        await writing.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.NotEqual(0, process.ExitCode);
    }

    private static Process Start(TrainingFolder folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "slipway.dll"), .. arguments])
        {
            WorkingDirectory = folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }

    private static string Hash(TrainingFolder folder, string file) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(folder.In(file))));

    /// <summary>Each logged step's loss; a step that was taken again after a kill must have come out the same.</summary>
    private static SortedDictionary<int, string> LoggedLosses(TrainingFolder folder, string run)
    {
        SortedDictionary<int, string> losses = [];
        foreach (var line in File.ReadLines(folder.In($"{run}/trainer_log.jsonl"), Encoding.UTF8))
        {
            using var json = System.Text.Json.JsonDocument.Parse(line);
            if (json.RootElement.TryGetProperty("loss", out var loss))
            {
                var step = json.RootElement.GetProperty("current_steps").GetInt32();
                Assert.Equal(losses.GetValueOrDefault(step, loss.GetRawText()), loss.GetRawText());
                losses[step] = loss.GetRawText();
            }
        }
        return losses;
    }
}

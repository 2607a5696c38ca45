using System.Diagnostics;
using System.Text.Json;
using Slipway.Engine.Kernels;
using Slipway.Engine.Memory;
using Slipway.Engine.Tests.Architectures;
using Slipway.Engine.Tests.Formats;
using Slipway.Engine.Tests.Training.Export;
using Slipway.Engine.Tests.Training.Reference;
using Slipway.Engine.Training.BaseModels;
using Slipway.Engine.Training.Data;
using Slipway.Engine.Training.Model;

namespace Slipway.Engine.Tests.Training;

/// <summary>A third opinion: a folder that the trainer wrote, loaded by PyTorch, has the same loss there.</summary>
public sealed class PyTorchParityTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task PyTorch_computes_the_same_loss_from_the_written_folder(bool tied)
    {
        using var opened = new OpenedTestModel(TestModel.Create(tied: tied));
        using var folder = new TemporaryFolder();
        EncodedExample[] examples =
        [
            AllLearned(TinyTraining.Example(1, 90, TestModel.Vocabulary)), AllLearned(TinyTraining.Example(2, 7, TestModel.Vocabulary)),
        ];
        opened.Export.WriteHuggingFace(folder.At("model"));
        await File.WriteAllTextAsync(
            folder.At("tokens.json"), JsonSerializer.Serialize(examples.Select(example => example.Tokens)), TestContext.Current.CancellationToken);

        var expected = await PyTorchLossAsync(folder.At("model"), folder.At("tokens.json"));

        Assert.Equal(expected, Loss(folder.At("model"), new TrainingBatch(examples)), 1e-5 * expected);
    }

    private static double Loss(string folder, TrainingBatch batch)
    {
        using var source = BaseModel.Open(folder);
        using var model = TrainableModel.Create(source.Shape, source.Vocabulary, source.TiesOutput);
        foreach (var parameter in model.Parameters)
        {
            source.Read(parameter);
        }
        using var team = new WorkerTeam(1);
        using var pass = new TrainingPass(model, team, KernelTable.Supported[0], batch.Rows, bfloat16: false);
        return pass.Forward(batch);
    }

    private static EncodedExample AllLearned(EncodedExample example) => example with { Learned = [.. example.Tokens.Select((_, i) => i > 0)] };

    private static async Task<double> PyTorchLossAsync(string folder, string tokens)
    {
        var cancellation = TestContext.Current.CancellationToken;
        if (await RunAsync(["-c", "import torch"], cancellation) is null)
        {
            Assert.Skip("PyTorch is not installed (Debian: python3-torch).");
        }
        var answer = await RunAsync([PeerScript(), "loss", folder, tokens], cancellation);
        Assert.True(answer is not null, "The peer failed; run bench/training/torch_peer.py by hand to see why.");
        return JsonDocument.Parse(answer).RootElement.GetProperty("sums").EnumerateArray().Sum(sum => sum.GetDouble());
    }

    /// <summary>What Python wrote; null when it is not there or failed.</summary>
    private static async Task<string?> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        const string Python = "/usr/bin/python3";
        if (!File.Exists(Python))
        {
            return null;
        }
        var start = new ProcessStartInfo(Python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0 ? output : null;
    }

    private static string PeerScript()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "Slipway.slnx")))
        {
            root = root.Parent;
        }
        return Path.Combine(root?.FullName ?? "", "bench", "training", "torch_peer.py");
    }
}

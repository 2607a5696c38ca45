using Slipway.Engine.Formats;
using Slipway.Engine.Tests.Formats;
using Slipway.Engine.Training.Checkpoints;

namespace Slipway.Engine.Tests.Training.Checkpoints;

public sealed class CheckpointStoreTests
{
    [Fact]
    public void What_was_saved_is_read_back_bit_for_bit()
    {
        using var folder = new TemporaryFolder();
        using var run = new SmallRun();
        new CheckpointStore(folder.Path, keep: 2).Save(run.At(7));
        run.Fill(0);

        var state = new CheckpointStore(folder.Path, keep: 2).LoadLatest(run.Tensors);

        Assert.True(run.IsAt(7));
        Assert.Equal(1.0, state!.Epoch);
        Assert.Equal(1.0 / 3, state.ElapsedSeconds);
        Assert.Equal(0.1, state.LossSum);
        Assert.Equal(1L << 40, state.TotalTokens);
        Assert.Equal(double.NaN, Assert.Single(state.LogHistory).Loss);
    }

    [Fact]
    public void An_output_folder_that_is_not_there_has_no_checkpoint()
    {
        using var folder = new TemporaryFolder();
        var store = new CheckpointStore(folder.At("not", "there"), keep: 1);

        var latest = store.FindLatest();

        Assert.Null(latest);
    }

    [Fact]
    public void Only_the_newest_stay()
    {
        using var folder = new TemporaryFolder();
        using var run = new SmallRun();
        var store = new CheckpointStore(folder.Path, keep: 2);

        foreach (var step in (int[])[5, 90, 100, 1000])
        {
            store.Save(run.At(step));
        }

        Assert.Equal(["checkpoint-100", "checkpoint-1000"], Names(folder));
    }

    [Fact]
    public void A_run_that_went_on_from_an_earlier_step_removes_the_later_ones()
    {
        using var folder = new TemporaryFolder();
        using var run = new SmallRun();
        var store = new CheckpointStore(folder.Path, keep: 1);
        store.Save(run.At(30));

        store.Save(run.At(20));

        Assert.Equal(["checkpoint-20"], Names(folder));
    }

    [Fact]
    public void A_run_that_begins_anew_removes_all_of_the_one_before()
    {
        using var folder = new TemporaryFolder();
        using var run = new SmallRun();
        var store = new CheckpointStore(folder.Path, keep: 2);
        store.Save(run.At(30));
        File.Delete(Path.Combine(store.Save(run.At(40)), "weights.safetensors"));
        var hadAny = store.HasAny;

        store.RemoveAll();

        Assert.True(hadAny);
        Assert.False(store.HasAny);
        Assert.Empty(Names(folder));
    }

    [Fact]
    public void Saving_a_step_again_replaces_it()
    {
        using var folder = new TemporaryFolder();
        using var run = new SmallRun();
        var store = new CheckpointStore(folder.Path, keep: 3);
        store.Save(run.At(4, loss: 1));

        store.Save(run.At(4, loss: 2));

        Assert.Equal(["checkpoint-4"], Names(folder));
        Assert.Equal(2, store.FindLatest()!.State.LossSum);
    }

    /// <summary>Stops a third save after each of its changes on the disk, as a kill would, and starts again.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(2)]
    public void A_kill_at_any_point_leaves_the_checkpoint_before_or_the_new_one_whole(int thirdStep)
    {
        using var run = new SmallRun();
        var points = 0;

        for (var finished = false; !finished; points++)
        {
            using var folder = new TemporaryFolder();
            new CheckpointStore(folder.Path, keep: 1).Save(run.At(1, loss: 1));
            new CheckpointStore(folder.Path, keep: 1).Save(run.At(2, loss: 2));
            finished = SaveUntil(points, folder.Path, run.At(thirdStep, loss: 3));
            run.Fill(0);

            var restarted = new CheckpointStore(folder.Path, keep: 1);
            var state = restarted.LoadLatest(run.Tensors);

            Assert.Empty(restarted.PassedOver);
            Assert.True(state is { Step: 2, LossSum: 2 } || (state!.Step == thirdStep && state.LossSum == 3), $"Point {points}: step {state!.Step}.");
            Assert.True(run.IsAt(state.Step), $"Point {points}: the tensors are not those of step {state.Step}.");
            Assert.All(Names(folder), name => Assert.DoesNotContain('.', name));
        }

        Assert.True(points > 8, $"Only {points} points.");
    }

    [Theory]
    [InlineData("weights.safetensors")]
    [InlineData("optimizer.safetensors")]
    [InlineData("trainer_state.json")]
    public void A_damaged_checkpoint_is_passed_over_for_the_one_before(string file)
    {
        using var folder = new TemporaryFolder();
        using var run = new SmallRun();
        var length = 0;

        for (var at = 0; at == 0 || at < length; at += 37)
        {
            var store = new CheckpointStore(folder.Path, keep: 2);
            store.Save(run.At(1));
            var path = Path.Combine(store.Save(run.At(2)), file);
            var bytes = File.ReadAllBytes(path);
            length = bytes.Length;
            bytes[at] ^= 1;
            File.WriteAllBytes(path, bytes);

            var latest = store.FindLatest();

            Assert.Equal(1, latest?.State.Step);
            Assert.Contains("checkpoint-2", Assert.Single(store.PassedOver), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("weights.safetensors")]
    [InlineData("optimizer.safetensors")]
    [InlineData("trainer_state.json")]
    public void A_checkpoint_with_a_file_cut_or_gone_is_passed_over(string file)
    {
        using var folder = new TemporaryFolder();
        using var run = new SmallRun();
        var store = new CheckpointStore(folder.Path, keep: 3);
        store.Save(run.At(1));
        using (var cut = new FileStream(Path.Combine(store.Save(run.At(2)), file), FileMode.Open))
        {
            cut.SetLength(cut.Length / 2);
        }
        File.Delete(Path.Combine(store.Save(run.At(3)), file));

        var latest = store.FindLatest();

        Assert.Equal(1, latest?.State.Step);
        Assert.Equal(2, store.PassedOver.Count);
    }

    [Fact]
    public void A_checkpoint_of_another_model_is_refused_and_the_memory_left_alone()
    {
        using var folder = new TemporaryFolder();
        using var run = new SmallRun();
        using var larger = new SmallRun(rows: 5);
        using var other = new SmallRun(name: "blk.0.attn_k.weight");
        var store = new CheckpointStore(folder.Path, keep: 1);
        store.Save(run.At(9));
        larger.Fill(3);

        var shape = Assert.Throws<ModelFormatException>(() => store.LoadLatest(larger.Tensors));
        var name = Assert.Throws<ModelFormatException>(() => store.LoadLatest(other.Tensors));

        Assert.Contains("3 × 4", shape.Message, StringComparison.Ordinal);
        Assert.Contains("blk.0.attn_k.weight", name.Message, StringComparison.Ordinal);
        Assert.True(larger.IsAt(3));
    }

    [Fact]
    public void Folders_of_others_are_left_alone()
    {
        using var folder = new TemporaryFolder();
        using var run = new SmallRun();
        string[] others = ["checkpoint-01", "checkpoint-99999999999", "checkpoint-1.backup", "checkpoint", "logs"];
        Array.ForEach(others, name => Directory.CreateDirectory(folder.At(name)));

        new CheckpointStore(folder.Path, keep: 1).Save(run.At(1));

        Assert.Equal([.. others.Append("checkpoint-1").Order(StringComparer.Ordinal)], Names(folder));
    }

    /// <summary>Returns false when the save was stopped, after as many changes as given.</summary>
    private static bool SaveUntil(int changes, string folder, Checkpoint checkpoint)
    {
        try
        {
            var left = changes;
            new CheckpointStore(folder, keep: 1, _ => { if (left-- == 0) { throw new KilledException(); } }).Save(checkpoint);
            return true;
        }
        catch (KilledException)
        {
            return false;
        }
    }

    private static string[] Names(TemporaryFolder folder) =>
        [.. Directory.GetDirectories(folder.Path).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private sealed class KilledException : Exception;
}

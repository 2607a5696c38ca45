using System.Text.Json.Nodes;
using Slipway.Engine.Training;
using Slipway.Training;

namespace Slipway.Server.Tests.Training;

public sealed class TrainerLogTests : IDisposable
{
    private readonly TrainingFolder _folder = new();

    private static StepDone Step => new()
    {
        Step = 10,
        TotalSteps = 375,
        Epoch = 0.08,
        Loss = 1.46723,
        LearningRate = 2.6315e-05,
        GradientNorm = 0.5,
        TotalTokens = 81920,
        TokensPerSecond = 1998.046,
        Elapsed = TimeSpan.FromSeconds(41.9),
        Remaining = TimeSpan.FromSeconds(1504),
        IsLogged = true,
    };

    [Fact]
    public void A_step_an_evaluation_and_the_end_are_written_as_llama_factory_writes_them()
    {
        using (var log = TrainerLog.Open(_folder.Path, continues: false))
        {
            log.Write(Step);
            log.Write(new EvaluationDone { Step = 100, TotalSteps = 375, Epoch = 0.8, Loss = 1.0231, Elapsed = new(0, 7, 2), Remaining = new(0, 19, 21) });
            log.WriteEnd(new TrainingOutcome { Step = 375, TotalSteps = 375, IsComplete = true, Loss = 1, EvaluationLoss = 1, Elapsed = new(1, 2, 3, 4) }, epoch: 3);
        }

        Assert.Equal(
            [
                """{"current_steps": 10, "total_steps": 375, "loss": 1.4672, "lr": 2.6315e-05, "epoch": 0.08, "percentage": 2.67, "elapsed_time": "0:00:41", "remaining_time": "0:25:04", "throughput": 1998.05, "total_tokens": 81920}""",
                """{"current_steps": 100, "total_steps": 375, "eval_loss": 1.0231, "epoch": 0.8, "percentage": 26.67, "elapsed_time": "0:07:02", "remaining_time": "0:19:21"}""",
                """{"current_steps": 375, "total_steps": 375, "epoch": 3.0, "percentage": 100.0, "elapsed_time": "1 day, 2:03:04", "remaining_time": "0:00:00"}""",
            ],
            Lines());
    }

    [Fact]
    public void What_is_not_a_number_is_left_out()
    {
        using (var log = TrainerLog.Open(_folder.Path, continues: false))
        {
            log.Write(Step with { Loss = double.NaN, TokensPerSecond = double.PositiveInfinity });
        }

        var line = JsonNode.Parse(Assert.Single(Lines()))!.AsObject();
        Assert.False(line.ContainsKey("loss"));
        Assert.False(line.ContainsKey("throughput"));
        Assert.Equal(10, line["current_steps"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("{\"current_ste", 0)]
    [InlineData("{\"a\": 1}\n", 1)]
    [InlineData("{\"a\": 1}\n{\"current_steps\": 7, \"lo", 1)]
    public void A_resumed_run_appends_after_the_last_whole_line(string before, int kept)
    {
        _folder.Write(TrainerLog.FileName, before);

        using (var log = TrainerLog.Open(_folder.Path, continues: true))
        {
            log.Write(Step);
        }

        Assert.Equal(kept + 1, Lines().Length);
        Assert.All(Lines(), line => Assert.NotNull(JsonNode.Parse(line)));
    }

    [Fact]
    public void A_cut_line_longer_than_the_reading_buffer_is_removed_whole()
    {
        _folder.Write(TrainerLog.FileName, "{\"a\": 1}\n" + new string('x', 10_000));

        TrainerLog.Open(_folder.Path, continues: true).Dispose();

        Assert.Equal("{\"a\": 1}\n", File.ReadAllText(_folder.In(TrainerLog.FileName)));
    }

    [Fact]
    public void A_new_run_begins_a_new_log()
    {
        _folder.Write(TrainerLog.FileName, "{\"a\": 1}\n");

        TrainerLog.Open(_folder.Path, continues: false).Dispose();

        Assert.Empty(Lines());
    }

    [Fact]
    public void History_is_restored_up_to_the_step_that_the_run_goes_on_from()
    {
        _folder.Write(TrainerLog.FileName, """
            {"current_steps": 1, "loss": 5.0}
            {"current_steps": 2, "eval_loss": 4.5}
            not a line of ours
            {"current_steps": 2, "loss": "four"}
            {"current_steps": 3, "loss": 3.0}

            """);
        var history = new LossHistory();

        history.Restore(TrainerLog.Read(_folder.Path), lastStep: 2);

        Assert.Equal([new(1, 5.0)], history.Training);
        Assert.Equal([new(2, 4.5)], history.Evaluation);
    }

    public void Dispose() => _folder.Dispose();

    private string[] Lines() => File.ReadAllLines(_folder.In(TrainerLog.FileName));
}

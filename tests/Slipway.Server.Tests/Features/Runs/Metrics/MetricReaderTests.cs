using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Server.Features.Runs.Metrics;

namespace Slipway.Server.Tests.Features.Runs.Metrics;

public sealed class MetricReaderTests
{
    private readonly HandClock _clock = new();
    private readonly MetricReader _reader;

    public MetricReaderTests() => _reader = new(_clock, isResumed: false);

    [Theory]
    [InlineData("{'loss': 1.2345, 'grad_norm': 0.51, 'learning_rate': 9.5e-05, 'epoch': 0.1}", "loss=1.2345 grad_norm=0.51 learning_rate=9.5E-05 epoch=0.1")]
    [InlineData("{'loss': '0.1778', 'grad_norm': '1.563', 'learning_rate': '1.265e-05', 'epoch': '1.292'}", "loss=0.1778 grad_norm=1.563 learning_rate=1.265E-05 epoch=1.292")]
    [InlineData("{'loss': 'nan', 'grad_norm': inf, 'epoch': 1}", "loss=NaN grad_norm=Infinity epoch=1")]
    [InlineData("{'eval_loss': 1.02, 'eval_runtime': 3.5, 'epoch': 1.0}", "eval_loss=1.02 eval_runtime=3.5 epoch=1")]
    [InlineData("{'loss': 0.5, 'rewards/chosen': -0.1, 'num_input_tokens_seen': 4096, 'epoch': 1}", "loss=0.5 rewards/chosen=-0.1 tokens=4096 epoch=1")]
    [InlineData(" 33%|███▎      | 5/15 [00:01<00:02,  3.10it/s]{'loss': 0.5, 'epoch': 1}", "loss=0.5 epoch=1")]
    [InlineData("\u001b[32m{'loss': 0.5}\u001b[0m", "loss=0.5")]
    [InlineData("{'loss': 0.5, 'epoch': 1", "")]
    [InlineData("{'lora_rank': 8, 'name': 'x'}", "")]
    [InlineData("{'loss': None, 'epoch': True}", "")]
    [InlineData("{'loss': 0.5, 'nested': {'a': [1, '}']}, 'epoch': 1}", "loss=0.5 epoch=1")]
    public void Dicts_of_the_trainer_are_figures(string line, string expected)
    {
        _reader.Line(Encoding.UTF8.GetBytes(line));

        var points = _reader.Take(isLast: true).Points;

        Assert.Equal(expected, string.Join(' ', points.Select(point => FormattableString.Invariant($"{point.Name}={point.Value}"))));
    }

    [Fact]
    public void A_line_of_xtuner_is_figures_and_progress()
    {
        _reader.Line("[XTuner][RANK 0][2026-08-18][INFO] Epoch 1 Step 12/900 data_time: 0.0123 lr: 1.000000e-05 time: 1.2345 text_tokens: 4096 loss: 0.51230000 grad_norm: 0.51000000 max_memory: 35.10 GB tgs: 3456.1 eta: 1 day, 2:03:04"u8);

        var batch = _reader.Take(isLast: true);

        Assert.Equal(new(12.0 / 900, 12, 900, null, new TimeSpan(1, 2, 3, 4), MetricSource.LogLine), batch.Progress);
        Assert.Equal(new MetricPoint("loss", 12, 0.5123, MetricSource.LogLine, null), batch.Points.Single(point => point.Name == "loss"));
        Assert.Contains(batch.Points, point => point is { Name: "throughput", Value: 3456.1 });
    }

    [Fact]
    public void A_line_of_the_trainers_log_is_figures_and_progress()
    {
        _reader.TrainerLog("""{"current_steps": 10, "total_steps": 375, "loss": 1.4672, "lr": 2.6315e-05, "epoch": 0.08, "percentage": 2.67, "elapsed_time": "0:00:41", "remaining_time": "0:25:04"}"""u8);

        var batch = _reader.Take(isLast: false);

        Assert.Equal(new(10.0 / 375, 10, 375, 0.08, new TimeSpan(0, 25, 4), MetricSource.TrainerLog), batch.Progress);
        Assert.Equal(["loss", "learning_rate", "epoch"], batch.Points.Select(point => point.Name));
        Assert.All(batch.Points, point => Assert.Equal(10, point.Step));
    }

    [Theory]
    [InlineData("""{"current_steps": 10, "total_steps": 375, "loss": 1.46""")]
    [InlineData("not json")]
    [InlineData("")]
    [InlineData("[1, 2]")]
    [InlineData("""{"loss": "1.5"}""")]
    public void A_line_that_is_none_says_nothing(string line)
    {
        _reader.TrainerLog(Encoding.UTF8.GetBytes(line));

        var batch = _reader.Take(isLast: true);

        Assert.Empty(batch.Points);
        Assert.Null(batch.Progress);
    }

    [Fact]
    public void The_bare_nan_of_python_is_a_figure()
    {
        _reader.TrainerLog("""{"current_steps": 1, "loss": NaN, "reward": -Infinity, "eval_loss": null}"""u8);

        var points = _reader.Take(isLast: true).Points;

        Assert.Equal([("loss", double.NaN), ("reward", double.NegativeInfinity)], points.Select(point => (point.Name, point.Value)));
    }

    [Fact]
    public void Steps_may_go_back_after_a_resume()
    {
        _reader.TrainerLog("""{"current_steps": 50, "total_steps": 100, "loss": 1.0}"""u8);
        _reader.TrainerLog("""{"current_steps": 40, "total_steps": 100, "loss": 1.1}"""u8);

        var batch = _reader.Take(isLast: true);

        Assert.Equal([50L, 40L], batch.Points.Select(point => point.Step));
        Assert.Equal(0.4, batch.Progress?.Progress);
    }

    [Fact]
    public void A_better_source_is_not_overwritten()
    {
        _reader.TrainerLog("""{"current_steps": 10, "total_steps": 100, "loss": 1.0}"""u8);
        _reader.Line("{'loss': 2.0, 'grad_norm': 3.0}"u8);
        _reader.Frame(" 50%|█████     | 50/100 [00:01<00:02,  3.10it/s]"u8);

        var batch = _reader.Take(isLast: true);

        Assert.Equal([("loss", 1.0), ("grad_norm", 3.0)], batch.Points.Select(point => (point.Name, point.Value)));
        Assert.Equal(0.1, batch.Progress?.Progress);
    }

    [Fact]
    public void What_the_job_tells_is_believed_most()
    {
        _reader.Pushed(progress: 2.5, step: 5, totalSteps: 10, epoch: null, TimeSpan.FromSeconds(9), [new("lr", 0.1), new("", 1)]);
        _reader.TrainerLog("""{"current_steps": 1, "total_steps": 100, "lr": 0.5, "loss": 1.0}"""u8);

        var batch = _reader.Take(isLast: true);

        Assert.Equal(new(1, 5, 10, null, TimeSpan.FromSeconds(9), MetricSource.Pushed), batch.Progress);
        Assert.Equal([("learning_rate", 0.1), ("loss", 1.0)], batch.Points.Select(point => (point.Name, point.Value)));
    }

    [Fact]
    public void A_checkpoints_state_is_taken_once()
    {
        var state = """{"best_metric": null, "epoch": 0.68, "global_step": 500, "max_steps": 1000, "log_history": [{"epoch": 0.3, "loss": NaN, "step": 250}, {"epoch": 0.68, "loss": 1.9, "step": 500}], "trial_params": {"a": [1]}}"""u8;
        _reader.TrainerState(state);
        _reader.TrainerState(state);

        var batch = _reader.Take(isLast: true);

        Assert.Equal([250L, 500L], batch.Points.Where(point => point.Name == "loss").Select(point => point.Step));
        Assert.Equal(new(0.5, 500, 1000, 0.68, null, MetricSource.TrainerState), batch.Progress);
    }

    [Fact]
    public void A_program_cannot_make_up_names_for_ever()
    {
        for (var i = 0; i < 10_000; i++)
        {
            _reader.TrainerLog(Encoding.UTF8.GetBytes($$"""{"made_up_{{i}}": 1}"""));
        }

        var points = _reader.Take(isLast: true).Points;

        Assert.Equal(256, points.Count);
    }

    [Fact]
    public void Another_server_goes_on_with_what_was_saved()
    {
        _reader.Line("  Total optimization steps = 1,375"u8);
        _reader.TrainerLog("""{"current_steps": 10, "total_steps": 1375, "loss": 1.0}"""u8);
        _reader.Line("{'grad_norm': 0.5, 'epoch': 1}"u8);
        _ = _reader.Take(isLast: false);
        var options = new JsonSerializerOptions { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };
        var saved = JsonSerializer.Deserialize<MetricState>(JsonSerializer.Serialize(_reader.Save(), options), options);

        var other = new MetricReader(_clock, isResumed: false, saved);
        other.Line("{'loss': 2.0}"u8);
        other.Frame("  2%|▏         | 20/1375 [00:01<00:02,  3.10it/s]"u8);

        var batch = other.Take(isLast: true);
        Assert.Equal(["grad_norm", "epoch"], batch.Points.Select(point => point.Name));
        Assert.Equal(10, batch.Progress?.Step);
        Assert.Equal(1375, batch.Facts.TotalSteps);
    }
}

using System.Text;
using Slipway.Server.Features.Runs.Metrics;

namespace Slipway.Server.Tests.Features.Runs.Metrics;

/// <summary>Progress bars, and what time they leave.</summary>
public sealed class BarTests
{
    private readonly HandClock _clock = new();
    private readonly MetricReader _reader;

    public BarTests() => _reader = new(_clock, isResumed: false);

    [Theory]
    [InlineData(" 33%|███▎      | 5/15 [00:01<00:02,  3.10it/s]", "", 5, 15, 2)]
    [InlineData("  0%|          | 0/375 [00:00<?, ?it/s]", "", 0, 375, null)]
    [InlineData("Loading checkpoint shards:  50%|█████     | 2/4 [00:01<01:00:01,  1.30s/it]", "Loading checkpoint shards", 2, 4, 3601)]
    [InlineData("Generating train split: 100%|██████████| 1.20k/1.20k [00:00<00:00, 23.9 examples/s]", "Generating train split", 1200, 1200, 0)]
    [InlineData("Running tokenizer on dataset (num_proc=16):  10%|█         | 100/1000 [00:01<00:09, 99.9 examples/s]", "Running tokenizer on dataset (num_proc=16)", 100, 1000, 9)]
    [InlineData("  1%|          | 3/300 [100:00:01<27:46:39, 12.00s/it, loss=0.5]", "", 3, 300, 99_999)]
    public void A_bar_is_read(string text, string description, double done, double total, int? seconds)
    {
        var isBar = BarFrame.TryRead(Encoding.UTF8.GetBytes(text), out var bar);

        Assert.True(isBar);
        Assert.Equal(description, Encoding.UTF8.GetString(bar.Description));
        Assert.Equal((done, total), (bar.Done, bar.Total));
        Assert.Equal(seconds, bar.Remaining?.TotalSeconds);
    }

    [Theory]
    [InlineData(" 33%|███▎      | 5/1")]
    [InlineData("33%|")]
    [InlineData("%|█| 1/2 [00:01]")]
    [InlineData("33%|█| x/2 [00:01<00:01, 1it/s]")]
    [InlineData("33%|█| 1/0 [00:01<00:01, 1it/s]")]
    [InlineData("33%|█| 1/ [2<]")]
    public void What_is_no_bar_or_half_a_bar_is_not(string text)
    {
        var isBar = BarFrame.TryRead(Encoding.UTF8.GetBytes(text), out _);

        Assert.False(isBar);
    }

    [Fact]
    public void The_training_is_the_bar_with_all_steps()
    {
        _reader.Line("[INFO|trainer.py:2519] 2026-08-18 19:50:01,123 >>   Total optimization steps = 1,375"u8);
        _reader.Frame(" 10%|█         | 137/1375 [00:01<00:02,  3.10it/s]"u8);
        _reader.Frame(" 90%|█████████ | 1800/2000 [00:01<00:02,  3.10it/s]"u8);

        var progress = _reader.Take(isLast: false).Progress;

        Assert.Equal((137L, 1375L), (progress?.Step, progress?.TotalSteps));
    }

    [Fact]
    public void A_bar_with_a_description_is_a_phase()
    {
        _reader.Frame("Loading checkpoint shards:  50%|█████     | 2/4 [00:01<00:01,  1.30s/it]"u8);

        var batch = _reader.Take(isLast: false);

        Assert.Equal("Loading checkpoint shards 50%", batch.Phase);
        Assert.Null(batch.Progress);
    }

    [Fact]
    public void A_dict_has_the_step_of_the_bar_that_is_drawn_after_it()
    {
        _reader.Frame(" 10%|█         | 9/100 [00:01<00:02,  3.10it/s]"u8);
        _reader.Line("{'loss': 0.5}"u8);
        _reader.Frame(" 10%|█         | 10/100 [00:01<00:02,  3.10it/s]"u8);

        var points = _reader.Take(isLast: false).Points;

        Assert.Equal([new MetricPoint("loss", 10, 0.5, MetricSource.LogLine, null)], points);
    }

    [Fact]
    public void A_dict_that_no_bar_follows_has_no_step()
    {
        _reader.Line("{'loss': 0.5}"u8);
        _reader.Line("{'loss': 0.4}"u8);

        var points = _reader.Take(isLast: true).Points;

        Assert.Equal([null, null], points.Select(point => point.Step));
    }

    [Fact]
    public void Without_a_bar_epochs_tell_the_progress()
    {
        _reader.Line("  Num Epochs = 4"u8);
        _reader.Line("{'loss': 0.5, 'epoch': 1.0}"u8);

        var progress = _reader.Take(isLast: true).Progress;

        Assert.Equal(0.25, progress?.Progress);
        Assert.Null(progress?.Step);
    }

    [Fact]
    public void The_time_left_is_counted_by_our_clock()
    {
        foreach (var step in (int[])[100, 110, 120])
        {
            _reader.TrainerLog(Encoding.UTF8.GetBytes($$"""{"current_steps": {{step}}, "total_steps": 200, "remaining_time": "0:00:01"}"""));
            _ = _reader.Take(isLast: false);
            _clock.Advance(TimeSpan.FromSeconds(30));
        }

        var progress = _reader.Take(isLast: false).Progress;

        Assert.Equal(TimeSpan.FromSeconds(240), progress?.Remaining);
    }

    [Fact]
    public void A_resumed_log_is_not_believed_about_the_time_left()
    {
        var resumed = new MetricReader(_clock, isResumed: true);
        resumed.TrainerLog("""{"current_steps": 100, "total_steps": 200, "remaining_time": "0:00:01"}"""u8);

        var progress = resumed.Take(isLast: false).Progress;

        Assert.Null(progress?.Remaining);
    }

    [Theory]
    [InlineData("0:00:41", 41)]
    [InlineData("1 day, 2:03:04", 93_784)]
    [InlineData("12 days, 0:00:01.5", 1_036_801)]
    [InlineData("-1 day, 23:59:59", null)]
    [InlineData("41", null)]
    [InlineData("a:b:c", null)]
    [InlineData("999999999999999 days, 0:00:00", null)]
    [InlineData("", null)]
    public void Times_are_read_as_python_writes_them(string text, int? seconds)
    {
        var span = Figures.Span(Encoding.UTF8.GetBytes(text));

        Assert.Equal(seconds, span?.TotalSeconds);
    }
}

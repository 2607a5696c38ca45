using System.Text;
using Slipway.Server.Features.Runs.Logs;

namespace Slipway.Server.Tests.Features.Runs.Logs;

public sealed class LevelWordsTests
{
    [Theory]
    [InlineData("[INFO|trainer.py:2519] 2026-08-18 19:50:01,123 >> ***** Running training *****", "Info")]
    [InlineData("[WARNING|2026-08-18 19:49:47] llamafactory.hparams:142 >> batch size is 1", "Warning")]
    [InlineData("[ERROR|x.py:1] 2026-08-18 >> no", "Error")]
    [InlineData("WARNING:root:something", "Warning")]
    [InlineData("DEBUG:urllib3.connectionpool:Starting", "Debug")]
    [InlineData("2026-08-18 19:50:01,123 ERROR no such thing", "Error")]
    [InlineData("2026-08-18T19:50:01.123Z DEBUG step", "Debug")]
    [InlineData("2026-08-18 19:50:01,123 - my.module - WARNING - careful", "Warning")]
    [InlineData("2026-08-18 19:49:47.123 | ERROR    | module:run:12 - broken", "Error")]
    [InlineData("[2026-08-18 19:50:01,123] [WARNING] [stage3.py:1] slow", "Warning")]
    [InlineData("CRITICAL: it burns", "Error")]
    [InlineData("W0818 19:49:47.123000 12345 torch/distributed/run.py:792] OMP_NUM_THREADS", "Warning")]
    [InlineData("[rank0]:[E818 19:49:47.1 ProcessGroupNCCL.cpp:1] Watchdog", "Error")]
    [InlineData("{\"time\": 1, \"level\":\"error\", \"msg\": \"x\"}", "Error")]
    [InlineData("{\"levelname\": \"WARNING\"}", "Warning")]
    [InlineData("ts=1 level=debug msg=x", "Debug")]
    [InlineData("/opt/x.py:12: FutureWarning: old", "Warning")]
    [InlineData("ValueError: no such key", "Error")]
    [InlineData("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB", "Error")]
    [InlineData("rank 3 says CUDA out of memory", "Error")]
    [InlineData("Error: bad", "Error")]
    [InlineData("host:12:34 [0] NCCL WARN Call to ibv failed", "Warning")]
    [InlineData("Segmentation fault (core dumped)", "Error")]
    [InlineData("\u001b[31mERROR\u001b[0m red", "Error")]
    [InlineData(" 33%|███       | 5/15 [00:01<00:02,  3.10it/s][WARNING|trainer.py:1] 2026 >> x", "Warning")]
    [InlineData("{'loss': 0.5, 'epoch': 1.0}", "Info")]
    [InlineData("there was an ERROR in the word", "Info")]
    [InlineData("INFORMATION is not a level", "Info")]
    [InlineData("Ignored errors: 3", "Info")]
    [InlineData("", "Info")]
    public void A_level_is_told_by_its_form(string line, string level)
    {
        var inTraceback = false;

        var found = LevelWords.Of(Encoding.UTF8.GetBytes(line), ref inTraceback);

        Assert.Equal(level, found.ToString());
    }

    [Fact]
    public void A_traceback_is_an_error_up_to_its_exception()
    {
        string[] lines =
        [
            "before", "[rank0]: Traceback (most recent call last):", "[rank0]:   File \"a.py\", line 1, in <module>", "[rank0]:     run()",
            "[INFO|a.py:1] from another process", "[rank0]: my.Oops: it broke", "after",
        ];
        var inTraceback = false;

        var levels = lines.Select(line => LevelWords.Of(Encoding.UTF8.GetBytes(line), ref inTraceback).ToString()).ToList();

        Assert.Equal(["Info", "Error", "Error", "Error", "Info", "Error", "Info"], levels);
    }
}

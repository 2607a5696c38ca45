using Slipway.Server.Features.Runs.Logs;

namespace Slipway.Server.Tests.Features.Runs.Logs;

public sealed class FailureReasonTests
{
    [Theory]
    [InlineData("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB", "oom_gpu")]
    [InlineData("torch.cuda.OutOfMemoryError: no", "oom_gpu")]
    [InlineData("RuntimeError: CUDA error: uncorrectable ECC error encountered", "gpu_fault")]
    [InlineData("[rank1]:[E818 19:49:47 ProcessGroupNCCL.cpp:1] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=1)", "nccl_timeout")]
    [InlineData("OSError: [Errno 28] No space left on device", "disk_full")]
    [InlineData("ModuleNotFoundError: No module named 'deepspeed'", "module_missing")]
    [InlineData("ValueError: Undefined dataset my_data in dataset_info.json.", "dataset_missing")]
    [InlineData("ValueError: Some specified arguments are not used by the HfArgumentParser: ['lora_rnk']", "config_invalid")]
    [InlineData("requests.exceptions.ConnectionError: HTTPSConnectionPool(host='huggingface.co', port=443): Max retries", "network")]
    [InlineData("yaml.scanner.ScannerError: mapping values are not allowed here", "config_invalid")]
    [InlineData("RuntimeError: No CUDA GPUs are available", "no_gpu")]
    public void Words_of_the_output_tell_the_reason(string line, string code)
    {
        var failure = FailureReason.Find(["Traceback (most recent call last):", "  File \"x\"", line], exitCode: 1);

        Assert.Equal(code, failure.Code);
    }

    [Fact]
    public void The_sentence_names_what_was_wrong()
    {
        var failure = FailureReason.Find(["[rank0]: ValueError: Undefined dataset my_data in dataset_info.json."], exitCode: 1);

        Assert.Contains("Undefined dataset my_data", failure.Sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("rank0", failure.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Otherwise_it_is_the_exception_of_the_last_traceback()
    {
        string[] tail =
        [
            "Traceback (most recent call last):", "  File \"a\"", "KeyError: 'first'", "",
            "During handling of the above exception, another exception occurred:", "", "Traceback (most recent call last):", "  File \"b\"", "ValueError: last", "bye",
        ];

        var failure = FailureReason.Find(tail, exitCode: 3);

        Assert.Equal(new("exit_nonzero", "The program failed with exit code 3: ValueError: last"), failure);
    }

    [Theory]
    [InlineData(137, null, "killed_by_signal", "SIGKILL")]
    [InlineData(null, 15, "killed_by_signal", "SIGTERM")]
    [InlineData(143, null, "killed_by_signal", "SIGTERM")]
    [InlineData(162, null, "exit_nonzero", "162")]
    [InlineData(127, null, "exit_nonzero", "not found")]
    [InlineData(42, null, "exit_nonzero", "42")]
    [InlineData(null, null, "supervisor_lost", "no exit code")]
    public void Without_words_the_code_has_to_do(int? exitCode, int? signal, string code, string words)
    {
        var failure = FailureReason.Find(["NCCL INFO timeout set to 1800"], exitCode, signal);

        Assert.Equal(code, failure.Code);
        Assert.Contains(words, failure.Sentence, StringComparison.Ordinal);
    }
}

using System.Globalization;

namespace Slipway.Server.Features.Runs.Logs;

/// <summary>Why an attempt failed.</summary>
/// <param name="Code">For programs: <c>oom_gpu</c>.</param>
/// <param name="Sentence">For people, with the remedy where one is known.</param>
internal sealed record Failure(string Code, string Sentence);

/// <summary>Finds out why an attempt failed, from the last things that it said.</summary>
internal static class FailureReason
{
    private const int LongestQuote = 300;

    /// <summary>What a line says and what that means; the cause before what it leads to.</summary>
    private static readonly (string[] Words, string Code, string Sentence)[] Known =
    [
        (["CUDA out of memory"], "oom_gpu", "The GPU ran out of memory. A smaller per_device_train_batch_size or cutoff_len, or gradient_checkpointing, needs less."),
        (["OutOfMemoryError"], "oom_gpu", "The GPU ran out of memory. A smaller per_device_train_batch_size or cutoff_len, or gradient_checkpointing, needs less."),
        (["CUDA error: out of memory"], "oom_gpu", "The GPU ran out of memory; another process may be using it."),
        (["uncorrectable ECC"], "gpu_fault", "The GPU has a memory fault (uncorrectable ECC error). It should not be used until it was reset or replaced."),
        (["No space left on device"], "disk_full", "The disk is full."),
        (["Disk quota exceeded"], "disk_full", "The disk quota is used up."),
        (["ModuleNotFoundError:"], "module_missing", "A Python module is missing: {0}"),
        (["ImportError:"], "module_missing", "A Python module cannot be imported: {0}"),
        (["Undefined dataset", "dataset_info.json"], "dataset_missing", "The configuration names a dataset that dataset_info.json does not have: {0}"),
        (["Some specified arguments are not used by the HfArgumentParser"], "config_invalid", "The configuration has keys that the trainer does not know: {0}"),
        (["Some keys are not used by the HfArgumentParser"], "config_invalid", "The configuration has keys that the trainer does not know: {0}"),
        (["yaml.", "Error"], "config_invalid", "The configuration is not valid YAML: {0}"),
        (["No CUDA GPUs are available"], "no_gpu", "The process saw no GPU."),
        (["Found no NVIDIA driver"], "no_gpu", "The process found no NVIDIA driver."),
        (["CUDA error: invalid device ordinal"], "no_gpu", "The process asked for a GPU that it was not given."),
        (["Watchdog caught collective operation timeout"], "nccl_timeout", "The GPUs waited too long for one another (NCCL timeout): one of the processes hung or died."),
        (["NCCL", "timeout"], "nccl_timeout", "The GPUs waited too long for one another (NCCL timeout): one of the processes hung or died."),
        (["NCCL error"], "nccl_error", "The GPUs could not talk to one another: {0}"),
        (["huggingface.co", "onnection"], "network", "The model hub could not be reached: {0}"),
        (["couldn't connect to 'https://huggingface"], "network", "The model hub could not be reached: {0}"),
        (["Cannot allocate memory"], "oom_host", "The host ran out of memory."),
        (["DefaultCPUAllocator"], "oom_host", "The host ran out of memory."),
        (["OOMKilled"], "oom_host", "The system ended the process because memory ran out."),
        (["Killed process"], "oom_host", "The system ended the process because memory ran out."),
    ];

    private static readonly Dictionary<int, string> Signals = new()
    {
        [1] = "SIGHUP",
        [2] = "SIGINT",
        [3] = "SIGQUIT",
        [4] = "SIGILL",
        [6] = "SIGABRT",
        [7] = "SIGBUS",
        [8] = "SIGFPE",
        [9] = "SIGKILL",
        [11] = "SIGSEGV",
        [13] = "SIGPIPE",
        [15] = "SIGTERM",
    };

    /// <summary>The reason as well as it can be told.</summary>
    /// <param name="tail">The last lines of the output, in order; a few hundred.</param>
    /// <param name="exitCode">As a shell counts it: 128 and the signal's number for a process that a signal ended. Null when unknown.</param>
    /// <param name="signal">The signal that ended it, where the executor tells.</param>
    public static Failure Find(IEnumerable<string> tail, int? exitCode, int? signal = null)
    {
        var lines = tail as IReadOnlyList<string> ?? [.. tail];
        signal ??= exitCode is > 128 and < 160 ? exitCode - 128 : null;
        return FromWords(lines) ?? FromSignal(signal) ?? FromTraceback(lines, exitCode) ?? FromCode(exitCode, lines);
    }

    private static Failure? FromWords(IReadOnlyList<string> lines)
    {
        foreach (var (words, code, sentence) in Known)
        {
            // The first one is the cause; other ranks fail of it.
            if (lines.FirstOrDefault(line => IsTold(line, words)) is { } line)
            {
                return new(code, sentence.Replace("{0}", Quote(line), StringComparison.Ordinal));
            }
        }
        return null;
    }

    private static bool IsTold(string line, string[] words)
    {
        if (line.Contains("INFO", StringComparison.Ordinal))
        {
            return false; // "NCCL INFO … timeout set to …" is no failure.
        }
        foreach (var word in words)
        {
            if (!line.Contains(word, StringComparison.Ordinal))
            {
                return false;
            }
        }
        return true;
    }

    private static Failure? FromSignal(int? signal) => signal switch
    {
        null => null,
        9 => new("killed_by_signal", "The process was killed (SIGKILL). When nobody did it, the system did, because the host's memory ran out."),
        _ => new("killed_by_signal", $"The process was ended by {Name(signal.Value)}."),
    };

    private static string Name(int signal) => Signals.GetValueOrDefault(signal, string.Create(CultureInfo.InvariantCulture, $"signal {signal}"));

    /// <summary>The exception of the last traceback.</summary>
    private static Failure? FromTraceback(IReadOnlyList<string> lines, int? exitCode)
    {
        string? exception = null;
        var isInside = false;
        foreach (var line in lines)
        {
            var text = WithoutRank(line);
            if (text.Contains("Traceback (most recent call last)", StringComparison.Ordinal))
            {
                isInside = true;
            }
            else if (isInside && text.Length > 0 && text[0] is not (' ' or '\t'))
            {
                (exception, isInside) = (text, false);
            }
        }
        return exception is null ? null : new("exit_nonzero", $"The program failed{With(exitCode)}: {Quote(exception)}");
    }

    private static Failure FromCode(int? exitCode, IReadOnlyList<string> lines) => exitCode switch
    {
        null => new("supervisor_lost", "The process is gone and has left no exit code."),
        126 => new("exit_nonzero", "The command could not be run (exit code 126): it is not executable."),
        127 => new("exit_nonzero", "The command was not found (exit code 127)."),
        _ => new("exit_nonzero", $"The program ended{With(exitCode)}.{LastWords(lines)}"),
    };

    private static string LastWords(IReadOnlyList<string> lines) =>
        lines.LastOrDefault(line => !string.IsNullOrWhiteSpace(line)) is { } last ? $" Its last line: {Quote(last.Trim())}" : "";

    private static string With(int? exitCode) => exitCode is { } code ? string.Create(CultureInfo.InvariantCulture, $" with exit code {code}") : "";

    private static string WithoutRank(string line)
    {
        var end = line.StartsWith("[rank", StringComparison.Ordinal) ? line.IndexOf("]: ", StringComparison.Ordinal) : -1;
        return end < 0 ? line : line[(end + 3)..];
    }

    private static string Quote(string line)
    {
        var text = WithoutRank(line).Trim();
        return text.Length <= LongestQuote ? text : $"{text.AsSpan(0, LongestQuote)}…";
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Slipway.Server.Tests.Commands;

namespace Slipway.Server.Tests.Features.Runs.Kills;

/// <summary>One life of the real program over a data folder that outlives it.</summary>
internal sealed partial class MortalServer : IDisposable
{
    private readonly Process _process;
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private MortalServer(Process process, ConcurrentQueue<string> log)
    {
        _process = process;
        _ = ReadAsync(process.StandardOutput, log);
        _ = ReadAsync(process.StandardError, log);
    }

    public int Pid => _process.Id;

    public static MortalServer Start((string Name, string Value)[] variables, ConcurrentQueue<string> log) =>
        new(SlipwayProgram.Start(variables, ["serve", "--port", "0", "--no-model"]), log);

    /// <summary>When it answers.</summary>
    public async Task<HttpClient> ReadyAsync() => new() { BaseAddress = await _address.Task };

    /// <summary>SIGKILL, to it alone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
        _process.Dispose();
    }

    private async Task ReadAsync(StreamReader lines, ConcurrentQueue<string> log)
    {
        while (await lines.ReadLineAsync(CancellationToken.None) is { } line)
        {
            log.Enqueue(line);
            if (Address().Match(line) is { Success: true } match)
            {
                _address.TrySetResult(new Uri(match.Groups[1].Value));
            }
        }
        _address.TrySetException(new InvalidOperationException($"The server ended before it listened. {string.Join('\n', log.TakeLast(20))}"));
    }

    [GeneratedRegex(@"listens on (http://\S+);")]
    private static partial Regex Address();
}

using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Slipway.Server.Features.Deployments.Engines;
using Slipway.Server.Tests.Features.Runs.Executors;
using Slipway.Server.Tests.Processes;

namespace Slipway.Server.Tests.Features.Deployments.Engines;

/// <summary>A process that a <see cref="ServerCommand"/> has started.</summary>
internal sealed class StartedEngine : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _errors;

    public StartedEngine(ServerCommand command, int port)
    {
        var start = new ProcessStartInfo(command.Arguments[0], command.Arguments.Skip(1))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in command.Environment)
        {
            start.Environment[name] = value;
        }
        _process = Process.Start(start)!;
        _output = _process.StandardOutput.ReadToEndAsync();
        _errors = _process.StandardError.ReadToEndAsync();
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    public HttpClient Http { get; }

    public bool HasEnded => _process.HasExited;

    /// <summary>Asks it to end.</summary>
    public Task TerminateAsync() => Signals.SendAsync(_process, "TERM");

    /// <summary>Waits until its health is good.</summary>
    public async Task BecomesWellAsync(string healthPath) => await Patience.UntilAsync(
        async () =>
        {
            Assert.False(_process.HasExited, "It has ended.");
            try
            {
                using var answer = await Http.GetAsync(healthPath, TestContext.Current.CancellationToken);
                return answer.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false; // It does not listen yet.
            }
        },
        () => "It does not become well.");

    public async Task<JsonElement> ChatAsync(string model)
    {
        using var answer = await Http.PostAsJsonAsync(
            "/v1/chat/completions", new { model, max_tokens = 4, messages = new[] { new { role = "user", content = "Hello" } } },
            TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    /// <summary>Waits for its end.</summary>
    public async Task<(int ExitCode, string Errors)> EndAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (_process.ExitCode, await _errors + await _output);
    }

    public void Dispose()
    {
        Http.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }
        _process.Dispose();
    }
}

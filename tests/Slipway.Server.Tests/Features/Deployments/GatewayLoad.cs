using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Slipway.Server.Tests.Features.Runs.Executors;

namespace Slipway.Server.Tests.Features.Deployments;

/// <summary>
/// Clients of the gateway that call one after another, every other call for a stream, and read each answer to its end. The answers are
/// those of play-engine.py: nothing may be missing in them, and nothing be there twice.
/// </summary>
internal sealed class GatewayLoad : IAsyncDisposable
{
    private readonly HttpClient _http;
    private readonly string _model;
    private readonly int _words;
    private readonly ConcurrentQueue<LoadCall> _calls = [];
    private readonly Task[] _clients;
    private volatile bool _isOver;

    public GatewayLoad(HttpClient http, string model, int clients, int words)
    {
        (_http, _model, _words) = (http, model, words);
        _clients = [.. Enumerable.Range(0, clients).Select(client => Task.Run(() => CallAsync(isStream: client % 2 == 0)))];
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>All calls that were begun by now.</summary>
    public IReadOnlyList<LoadCall> Calls => [.. _calls];

    /// <summary>Calls that have not come to their end.</summary>
    public IReadOnlyList<LoadCall> InFlight => [.. _calls.Where(call => call.Outcome is LoadOutcome.InFlight)];

    public int Finished => _calls.Count(call => call.Outcome is not LoadOutcome.InFlight);

    /// <summary>Waits until so many more have come to their end.</summary>
    public async Task MoreAsync(int calls)
    {
        var until = Finished + calls;
        await Patience.UntilAsync(() => Task.FromResult(Finished >= until), () => $"Only {Finished} of {until} calls have ended.");
    }

    /// <summary>Lets every call come to its end, and gives them all.</summary>
    public async Task<IReadOnlyList<LoadCall>> EndAsync()
    {
        _isOver = true;
        await Task.WhenAll(_clients);
        return [.. _calls];
    }

    public async ValueTask DisposeAsync()
    {
        _isOver = true;
        await Task.WhenAll(_clients).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task CallAsync(bool isStream)
    {
        while (!_isOver)
        {
            var call = new LoadCall { IsStream = isStream };
            _calls.Enqueue(call);
            isStream = !isStream;
            try
            {
                await CallAsync(call);
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException)
            {
                (call.Outcome, call.Words) = (LoadOutcome.Cut, exception.Message);
            }
            if (call.Outcome is LoadOutcome.NotFound)
            {
                return;
            }
        }
    }

    private async Task CallAsync(LoadCall call)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = JsonContent.Create(new { model = _model, stream = call.IsStream, messages = new[] { new { role = "user", content = "Go on." } } }),
        };
        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        if (answer.StatusCode != HttpStatusCode.OK)
        {
            call.Words = $"{(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(Token)}";
            call.Outcome = answer.StatusCode is HttpStatusCode.NotFound ? LoadOutcome.NotFound : LoadOutcome.Refused;
        }
        else if (call.IsStream)
        {
            using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Token));
            call.Outcome = await ReadAsync(reader, call);
        }
        else
        {
            var whole = await answer.Content.ReadFromJsonAsync<JsonElement>(Token);
            call.Text = whole.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()! + " ";
            call.Outcome = IsAll(call.Text) ? LoadOutcome.Complete : LoadOutcome.Garbled;
        }
    }

    private async Task<LoadOutcome> ReadAsync(StreamReader reader, LoadCall call)
    {
        while (await reader.ReadLineAsync(Token) is { } line)
        {
            if (line == "data: [DONE]")
            {
                return IsAll(call.Text) ? LoadOutcome.Complete : LoadOutcome.Garbled;
            }
            if (!line.StartsWith("data: {", StringComparison.Ordinal))
            {
                continue;
            }
            var chunk = JsonSerializer.Deserialize<JsonElement>(line["data: ".Length..]);
            if (chunk.TryGetProperty("error", out var error))
            {
                call.Words = error.ToString();
                var isRest = await reader.ReadToEndAsync(Token) is { } rest && rest.Contains("data:", StringComparison.Ordinal);
                return !isRest && WholeOf(call.Text).StartsWith(call.Text, StringComparison.Ordinal) ? LoadOutcome.BrokenOff : LoadOutcome.Garbled;
            }
            foreach (var choice in chunk.GetProperty("choices").EnumerateArray())
            {
                call.Text += choice.GetProperty("delta").TryGetProperty("content", out var content) ? content.GetString() : "";
            }
        }
        return LoadOutcome.Cut;
    }

    private bool IsAll(string text) => text == WholeOf(text);

    /// <summary>All that a server says whose answer begins like this.</summary>
    private string WholeOf(string text)
    {
        string[] head = ["played", "by", "llama-server", "at", LoadCall.PortIn(text) ?? "?"];
        return string.Concat(head.Concat(Enumerable.Repeat("on", _words)).Take(_words).Select(word => word + " "));
    }
}

/// <summary>What became of one call.</summary>
internal enum LoadOutcome
{
    InFlight,
    Complete,

    /// <summary>The stream ended with an error, after part of its answer.</summary>
    BrokenOff,

    /// <summary>There is no such model any more.</summary>
    NotFound,

    /// <summary>Any other answer than 200.</summary>
    Refused,

    /// <summary>It ended without a word.</summary>
    Cut,

    /// <summary>Words are missing, twice there, or of two servers.</summary>
    Garbled,
}

/// <summary>One call and its answer so far.</summary>
internal sealed class LoadCall
{
    public required bool IsStream { get; init; }

    public volatile string Text = "";

    public volatile string Words = "";

    public LoadOutcome Outcome { get; set; }

    /// <summary>Of the server that answers; null while that is not known.</summary>
    public string? Port => PortIn(Text);

    public static string? PortIn(string text) => text.Split(' ') is [_, _, _, _, { } port, _, ..] ? port : null;

    public override string ToString() => $"{(IsStream ? "stream" : "whole")} {Outcome}: {Text} {Words}";
}

using System.Globalization;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Slipway.Client.Errors;
using Slipway.Client.Runs;
using Slipway.Client.Sending;

namespace Slipway.Client;

public sealed partial class SlipwayClient
{
    // The server says something every 15 seconds.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>A piece of a run's log.</summary>
    public async Task<RunLogPage> GetRunLogAsync(string run, RunLogFilter? filter = null, CancellationToken cancellationToken = default)
    {
        var path = $"{RunPath(run)}/logs" + Query.Of(
            ("limit", filter?.Limit), ("from", filter?.From), ("tail", filter?.Tail), ("level", filter?.Level), ("search", filter?.Search));
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken).ConfigureAwait(false);
        await ApiErrors.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
        var lines = await ReadAsync(response, ClientJson.Wire.IReadOnlyListRunLogLine, cancellationToken).ConfigureAwait(false);
        return new RunLogPage(lines, NumberOf(response, "X-Next-Line"), NumberOf(response, "X-Total-Count"));
    }

    /// <summary>
    /// Follows a run's log, each line once and in order, until the run has ended; the last event has the run. A connection that
    /// breaks is made again, for about a minute while the server does not answer.
    /// </summary>
    /// <param name="run">Its id.</param>
    /// <param name="from">The number of the first line, from 1; null begins with the first, or as <paramref name="tail"/> says.</param>
    /// <param name="tail">How many of the lines that there are to begin with, 1 to 5,000.</param>
    /// <param name="cancellationToken">Ends the following; the run goes on.</param>
    /// <exception cref="SlipwayException">The server refused; when the run is removed meanwhile, with 404.</exception>
    /// <exception cref="HttpRequestException">The server cannot be reached, or not any more.</exception>
    public async IAsyncEnumerable<RunLogEvent> FollowRunLogAsync(
        string run, long? from = null, int? tail = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var path = $"{RunPath(run)}/logs/stream{Query.Of(("from", from), ("tail", tail))}";
        var tries = new Tries();
        var last = 0L;
        var hasBegun = false;
        while (true)
        {
            ExceptionDispatchInfo? broken = null;
            var events = ReadEventsAsync(path, last, cancellationToken).GetAsyncEnumerator(cancellationToken);
            await using (events.ConfigureAwait(false))
            {
                while (true)
                {
                    try
                    {
                        if (!await events.MoveNextAsync().ConfigureAwait(false))
                        {
                            break;
                        }
                    }
                    catch (Exception exception) when (hasBegun && !cancellationToken.IsCancellationRequested)
                    {
                        broken = ExceptionDispatchInfo.Capture(exception);
                        break;
                    }
                    hasBegun = true;
                    tries.Succeed();
                    if (events.Current.Line is { } line && line.Line <= last)
                    {
                        continue;
                    }
                    last = events.Current.Line?.Line ?? last;
                    yield return events.Current;
                    if (events.Current.Type == RunLogEventTypes.End)
                    {
                        yield break;
                    }
                }
            }
            var cause = broken?.SourceException ?? new HttpIOException(HttpRequestError.ResponseEnded, "The stream of the log ended before the run did.");
            if (!await tries.AgainAsync(cause, cancellationToken).ConfigureAwait(false))
            {
                broken?.Throw();
                throw cause;
            }
        }
    }

    private async IAsyncEnumerable<RunLogEvent> ReadEventsAsync(
        string path, long last, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (last > 0)
        {
            message.Headers.Add("Last-Event-ID", last.ToString(CultureInfo.InvariantCulture));
        }
        using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        await ApiErrors.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
        var body = new PatientStream(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), Patience);
        await using (body.ConfigureAwait(false))
        {
            var events = SseParser.Create(body, (type, data) => EventOf(type, data, response));
            await foreach (var item in events.EnumerateAsync(cancellationToken).ConfigureAwait(false))
            {
                if (item.Data is { } occurrence)
                {
                    yield return occurrence;
                }
            }
        }
    }

    /// <summary>Null for a kind of event that is not known here.</summary>
    private static RunLogEvent? EventOf(string type, ReadOnlySpan<byte> data, HttpResponseMessage response) => type switch
    {
        RunLogEventTypes.Line => new RunLogEvent { Type = type, Line = Parse(data, ClientJson.Wire.RunLogLine, response) },
        RunLogEventTypes.Progress => new RunLogEvent { Type = type, Progress = Parse(data, ClientJson.Wire.RunProgress, response) },
        RunLogEventTypes.Frame => new RunLogEvent { Type = type, Frame = Parse(data, ClientJson.Wire.RunFrame, response).Text },
        RunLogEventTypes.End => new RunLogEvent { Type = type, Run = Parse(data, ClientJson.Wire.RunDetail, response) },
        _ => null,
    };

    private static T Parse<T>(ReadOnlySpan<byte> data, JsonTypeInfo<T> type, HttpResponseMessage response)
    {
        try
        {
            return JsonSerializer.Deserialize(data, type) ?? throw ApiErrors.NotOurs(response, null);
        }
        catch (JsonException exception)
        {
            throw ApiErrors.NotOurs(response, exception);
        }
    }
}

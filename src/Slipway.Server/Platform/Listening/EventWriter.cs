using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Slipway.Server.Platform.Listening;

/// <summary>Writes server-sent events, and leaves the sockets' threads after each wait for the reader.</summary>
internal sealed class EventWriter(HttpResponse response, JsonSerializerOptions json, TimeProvider clock)
{
    private readonly Dictionary<string, string> _last = [];
    private long _sentAt = clock.GetTimestamp();
    private bool _hasNews;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";
        return response.StartAsync(cancellationToken);
    }

    public void Write<T>(string name, long? id, T value)
        where T : notnull => Write(name, id, JsonSerializer.Serialize(value, json));

    /// <summary>What was said last is not said again.</summary>
    public void WriteIfNew(string name, object value)
    {
        var text = JsonSerializer.Serialize(value, value.GetType(), json);
        if (_last.GetValueOrDefault(name) != text)
        {
            _last[name] = text;
            Write(name, null, text);
        }
    }

    public void PingAfter(TimeSpan silence)
    {
        if (clock.GetElapsedTime(_sentAt) >= silence)
        {
            Encoding.UTF8.GetBytes(": ping\n\n", response.BodyWriter);
            _hasNews = true;
        }
    }

    public async Task SendAsync(CancellationToken cancellationToken)
    {
        if (!_hasNews)
        {
            return;
        }
        (_hasNews, _sentAt) = (false, clock.GetTimestamp());
        await response.BodyWriter.FlushAsync(cancellationToken);
        // A reader that made us wait woke us on a thread of the sockets, and files are read next.
        await EventThreads.LeaveAsync();
    }

    private void Write(string name, long? id, string text)
    {
        var number = id is { } one ? string.Create(CultureInfo.InvariantCulture, $"id: {one}\n") : "";
        Encoding.UTF8.GetBytes($"event: {name}\n{number}data: {text}\n\n", response.BodyWriter);
        _hasNews = true;
    }
}

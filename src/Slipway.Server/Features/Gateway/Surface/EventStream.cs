using System.Buffers;
using Slipway.Server.Features.Gateway.Errors;

namespace Slipway.Server.Features.Gateway.Surface;

/// <summary>
/// Writes server-sent events. Whoever writes holds the turn: the call itself while it has something to write, or the timer
/// that comments on a silent stream. So a comment stands between events, never inside one.
/// </summary>
internal sealed class EventStream : IDisposable
{
    private const int MostUnsent = 64 << 10;

    private readonly HttpResponse _response;
    private readonly TimeProvider _clock;
    private readonly long _keepAlive;
    private readonly SemaphoreSlim _turn = new(0, 1);
    private long _writtenAt;
    private int _unsent;

    /// <summary>Begins with the turn in the caller's hands. The response is untouched until something is written.</summary>
    public EventStream(HttpResponse response, TimeSpan keepAlive, TimeProvider clock)
    {
        (_response, _clock) = (response, clock);
        _keepAlive = (long)(keepAlive.TotalSeconds * clock.TimestampFrequency);
        _writtenAt = clock.GetTimestamp();
    }

    /// <summary>Whether anything was written: from then on what goes wrong can be told in an event only.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Whether so much is written that it should go out before more is.</summary>
    public bool IsFull => _unsent >= MostUnsent;

    public void Write(ReadOnlySpan<byte> json)
    {
        Begin();
        var size = json.Length + 8;
        var span = _response.BodyWriter.GetSpan(size);
        "data: "u8.CopyTo(span);
        json.CopyTo(span[6..]);
        "\n\n"u8.CopyTo(span[(6 + json.Length)..]);
        _response.BodyWriter.Advance(size);
        _unsent += size;
    }

    public void WriteDone() => Write("[DONE]"u8);

    public void WriteError(OpenAiError error) => Write(ErrorAnswer.ToJson(error).Span);

    /// <summary>Sends what is written. When the client reads slowly this waits, and so the upstream is read slowly.</summary>
    public async ValueTask FlushAsync()
    {
        if (_unsent > 0)
        {
            _unsent = 0;
            Volatile.Write(ref _writtenAt, _clock.GetTimestamp());
            await _response.BodyWriter.FlushAsync(CancellationToken.None);
        }
    }

    /// <summary>Lets comments be written while the call waits for its upstream.</summary>
    public void GiveTurn() => _turn.Release();

    public ValueTask TakeTurnAsync() => _turn.Wait(0) ? ValueTask.CompletedTask : new ValueTask(_turn.WaitAsync());

    /// <summary>Writes a comment if nothing was written for a while and nobody is writing.</summary>
    public void PingIfSilent()
    {
        try
        {
            if (_clock.GetTimestamp() - Volatile.Read(ref _writtenAt) >= _keepAlive && _turn.Wait(0))
            {
                _ = PingAsync();
            }
        }
        catch (ObjectDisposedException)
        {
            // The stream has ended this very moment; the timer's thread must outlive that.
        }
    }

    public void Dispose() => _turn.Dispose();

    private void Begin()
    {
        if (HasBegun)
        {
            return;
        }

        HasBegun = true;
        _response.ContentType = "text/event-stream";
        _response.Headers.CacheControl = "no-cache";
        _response.Headers["X-Accel-Buffering"] = "no";
    }

    private async Task PingAsync()
    {
        try
        {
            Begin();
            _response.BodyWriter.Write(": ping\n\n"u8);
            _unsent += 8;
            await FlushAsync();
        }
        catch (Exception exception) when (exception is InvalidOperationException or OperationCanceledException or IOException)
        {
            // The connection is gone; the call learns of it by its own token.
        }
        finally
        {
            _turn.Release();
        }
    }
}

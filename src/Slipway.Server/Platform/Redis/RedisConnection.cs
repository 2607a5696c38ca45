using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Slipway.Server.Platform.Redis;

/// <summary>
/// One connection that everybody shares: commands go out in the order they come in, answers come back in the same order,
/// and what gathers while one write is on its way goes out with the next.
/// </summary>
/// <remarks>
/// Of our own because the one client package that can be had dates from before access lists and needs a pool of threads
/// of its own; a script and four commands are all that is asked of Redis.
/// </remarks>
internal sealed class RedisConnection : IAsyncDisposable
{
    private const int MostWaiting = 10_000;

    private readonly Stream _stream;
    private readonly Lock _gate = new();
    private readonly Queue<TaskCompletionSource<RedisReply>> _waiting = new();
    private readonly SemaphoreSlim _hasOutput = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private ArrayBufferWriter<byte> _output = new(4096);
    private ArrayBufferWriter<byte> _spare = new(4096);
    private Exception? _failure;
    private Task _work = Task.CompletedTask;
    private int _isDisposed;

    private RedisConnection(Stream stream) => _stream = stream;

    /// <summary>Ends when the connection does.</summary>
    public Task Closed => _work;

    /// <exception cref="Exception">Redis is not there, or does not let us in: as sockets, TLS and streams throw it.</exception>
    public static async Task<RedisConnection> OpenAsync(RedisAddress address, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? stream = null;
        try
        {
            await socket.ConnectAsync(address.Host, address.Port, cancellationToken);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (address.Tls)
            {
                var tls = new SslStream(stream);
                stream = tls;
                await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = address.Host }, cancellationToken);
            }
            var connection = new RedisConnection(stream);
            connection._work = connection.WorkAsync();
            await connection.GreetAsync(address, cancellationToken);
            return connection;
        }
        catch
        {
            socket.Dispose();
            if (stream is not null)
            {
                await stream.DisposeAsync();
            }
            throw;
        }
    }

    /// <summary>Queues a command; its answer may be an error of Redis's.</summary>
    /// <exception cref="IOException">The connection is gone, or far too much waits on it already.</exception>
    public Task<RedisReply> SendAsync(params ReadOnlySpan<string> words)
    {
        var answer = new TaskCompletionSource<RedisReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_failure is not null || _waiting.Count >= MostWaiting)
            {
                throw new IOException("The connection to Redis cannot take more.", _failure);
            }
            _waiting.Enqueue(answer);
            Write(_output, words);
            if (_hasOutput.CurrentCount == 0)
            {
                _hasOutput.Release();
            }
        }
        return answer.Task;
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }
        await _stop.CancelAsync();
        await _stream.DisposeAsync();
        await _work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _hasOutput.Dispose();
    }

    private async Task GreetAsync(RedisAddress address, CancellationToken cancellationToken)
    {
        if (address.Password is { } password)
        {
            await RequireAsync(address.User is { } user ? SendAsync("AUTH", user, password) : SendAsync("AUTH", password), cancellationToken);
        }
        if (address.Database != 0)
        {
            await RequireAsync(SendAsync("SELECT", address.Database.ToString(CultureInfo.InvariantCulture)), cancellationToken);
        }
        await RequireAsync(SendAsync("PING"), cancellationToken);
    }

    private static async Task RequireAsync(Task<RedisReply> answer, CancellationToken cancellationToken)
    {
        if ((await answer.WaitAsync(cancellationToken)).Error is { } error)
        {
            throw new IOException($"Redis refuses: {error}");
        }
    }

    private async Task WorkAsync()
    {
        var (reading, writing) = (ReadAsync(), WriteAsync());
        var first = await Task.WhenAny(reading, writing);
        var failure = first.Exception?.InnerException ?? new IOException("Redis closed the connection.");
        await _stop.CancelAsync();
        await _stream.DisposeAsync();
        lock (_gate)
        {
            _failure = failure;
            foreach (var answer in _waiting)
            {
                answer.TrySetException(new IOException("The connection to Redis is gone.", failure));
                // Nobody may be waiting for it any more.
                _ = answer.Task.Exception;
            }
            _waiting.Clear();
        }
        await Task.WhenAll(reading, writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task WriteAsync()
    {
        while (true)
        {
            await _hasOutput.WaitAsync(_stop.Token);
            ArrayBufferWriter<byte> output;
            lock (_gate)
            {
                (output, _output, _spare) = (_output, _spare, _output);
            }
            await _stream.WriteAsync(output.WrittenMemory, _stop.Token);
            output.ResetWrittenCount();
        }
    }

    private async Task ReadAsync()
    {
        var input = PipeReader.Create(_stream);
        while (true)
        {
            var read = await input.ReadAsync(_stop.Token);
            var buffer = read.Buffer;
            while (RedisReply.TryRead(ref buffer, out var reply))
            {
                TaskCompletionSource<RedisReply>? answer;
                lock (_gate)
                {
                    _waiting.TryDequeue(out answer);
                }
                (answer ?? throw new InvalidDataException("Redis answers what nobody asked.")).TrySetResult(reply!);
            }
            input.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    private static void Write(ArrayBufferWriter<byte> output, ReadOnlySpan<string> words)
    {
        Ascii(output, string.Create(CultureInfo.InvariantCulture, $"*{words.Length}\r\n"));
        foreach (var word in words)
        {
            Ascii(output, string.Create(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(word)}\r\n"));
            Encoding.UTF8.GetBytes(word, output);
            output.Write("\r\n"u8);
        }
    }

    private static void Ascii(ArrayBufferWriter<byte> output, string text) => Encoding.ASCII.GetBytes(text, output);
}

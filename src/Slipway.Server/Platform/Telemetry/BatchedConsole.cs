using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Slipway.Server.Platform.Telemetry;

/// <summary>
/// Log lines to standard output, written by one thread that takes all that wait in one go. The framework's own makes a
/// system call for each line, which at tens of thousands of requests a second was an eighth of the whole server.
/// </summary>
internal sealed partial class BatchedConsole : ILoggerProvider, ISupportExternalScope
{
    /// <summary>
    /// Characters that may wait. Whoever logs may be a thread that connections wait for: what finds no room any more is left
    /// out and counted, for an output that nobody reads must not stop the server.
    /// </summary>
    private const int MostWaiting = 4 << 20;

    /// <summary>Lines that come so close together are written together: a thread woken for each costs more than the line.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(10);

    private readonly ConcurrentDictionary<string, Logger> _loggers = new(StringComparer.Ordinal);
    private readonly ConsoleFormatter _formatter;
    private readonly bool _hasScopes;
    private readonly Stream _output;
    private readonly Lock _gate = new();
    private readonly Thread _writer;
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly ManualResetEventSlim _isClosing = new();
    private readonly Encoder _encoder = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false).GetEncoder();
    private readonly byte[] _bytes = new byte[64 << 10];
    private StringBuilder _waiting = new();
    private long _leftOut;
    private volatile bool _isDisposed;

    /// <param name="formatter">How a line looks.</param>
    /// <param name="hasScopes">Whether it shows scopes; keeping them costs where nobody reads them.</param>
    /// <param name="output">Where the lines go; disposed of with this.</param>
    public BatchedConsole(ConsoleFormatter formatter, bool hasScopes, Stream output)
    {
        (_formatter, _hasScopes, _output) = (formatter, hasScopes, output);
        _writer = new Thread(WriteAll) { IsBackground = true, Name = "Slipway log" };
        _writer.Start();
    }

    private IExternalScopeProvider? Scopes { get; set; }

    public ILogger CreateLogger(string categoryName) => _loggers.GetOrAdd(categoryName, name => new Logger(name, this));

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => Scopes = _hasScopes ? scopeProvider : null;

    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _isClosing.Set();
        Wake();
        _writer.Join();
        _output.Dispose();
    }

    private void Add(StringBuilder line)
    {
        bool isFirst;
        lock (_gate)
        {
            if (_waiting.Length >= MostWaiting)
            {
                _leftOut++;
                return;
            }

            isFirst = _waiting.Length == 0;
            _waiting.Append(line);
        }

        if (isFirst)
        {
            Wake();
        }
    }

    private void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }
    }

    private void WriteAll()
    {
        var taken = new StringBuilder();
        while (true)
        {
            _wake.Wait();
            _isClosing.Wait(Gathering);
            lock (_gate)
            {
                (taken, _waiting) = (_waiting, taken);
                if (_leftOut > 0)
                {
                    // Still under the lock: there is room for this line for certain, and it stands where the others would have.
                    LogLeftOut(CreateLogger(typeof(BatchedConsole).FullName!), _leftOut);
                    _leftOut = 0;
                }
            }

            Write(taken);
            var isIdle = taken.Length == 0;
            taken.Clear();
            if (_isDisposed && isIdle)
            {
                return;
            }

            if (_isDisposed)
            {
                Wake();
            }
        }
    }

    private void Write(StringBuilder lines)
    {
        try
        {
            foreach (var chunk in lines.GetChunks())
            {
                for (var rest = chunk.Span; rest.Length > 0;)
                {
                    _encoder.Convert(rest, _bytes, flush: false, out var used, out var written, out _);
                    _output.Write(_bytes.AsSpan(0, written));
                    rest = rest[used..];
                }
            }

            _output.Flush();
        }
        catch (IOException)
        {
            // Nobody reads our output any more; serving goes on.
        }
    }

    [LoggerMessage(1013, LogLevel.Warning, "{Count} lines of the log were left out, as the output did not take them in time")]
    private static partial void LogLeftOut(ILogger logger, long count);

    private sealed class Logger(string category, BatchedConsole console) : ILogger
    {
        [ThreadStatic]
        private static StringWriter? _line;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => console.Scopes?.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel is not LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var line = _line ??= new StringWriter();
            var text = line.GetStringBuilder();
            console._formatter.Write(
                new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter), console.Scopes, line);
            if (text.Length > 0)
            {
                console.Add(text);
                text.Clear();
            }
        }
    }
}

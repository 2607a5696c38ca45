using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Slipway.Server.Platform.Telemetry;

namespace Slipway.Server.Tests.Platform.Telemetry;

public sealed class BatchedConsoleTests
{
    [Fact]
    public void Lines_come_out_whole_and_in_their_order()
    {
        using var output = new Output();
        using (var console = new BatchedConsole(new Plain(), hasScopes: false, output))
        {
            var logger = console.CreateLogger("c");
            for (var i = 0; i < 1000; i++)
            {
                logger.LogWarning("größe {Number}", i);
            }
        }

        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"größe {i}"), output.Lines);
    }

    [Fact]
    public async Task An_output_that_nobody_reads_holds_up_nobody_and_what_was_left_out_is_counted()
    {
        using var output = new Output { Gate = new ManualResetEventSlim() };
        var line = new string('x', 1 << 10);
        using (var console = new BatchedConsole(new Plain(), hasScopes: false, output))
        {
            var logger = console.CreateLogger("c");
            var logging = Task.Run(() =>
            {
                for (var i = 0; i < 20_000; i++)
                {
                    logger.LogWarning("{Line}", line);
                }
            }, TestContext.Current.CancellationToken);

            try
            {
                await logging.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
            }
            finally
            {
                output.Gate.Set();
            }
        }

        var told = output.Lines.Where(text => text != line).ToList();
        var kept = output.Lines.Count - told.Count;
        Assert.InRange(kept, 4_000, 10_000);
        Assert.Equal(20_000 - kept, told.Sum(text => int.Parse(text.Split(' ')[0], null)));
    }

    private sealed class Plain() : ConsoleFormatter("plain")
    {
        public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter) =>
            textWriter.WriteLine(logEntry.Formatter(logEntry.State, logEntry.Exception));
    }

    private sealed class Output : MemoryStream
    {
        public ManualResetEventSlim? Gate { get; init; }

        public List<string> Lines => [.. Encoding.UTF8.GetString(ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries)];

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Gate?.Wait();
            base.Write(buffer);
        }
    }
}

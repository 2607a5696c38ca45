using System.Text;
using Slipway.Server.Features.Gateway.Upstreams.Streaming;

namespace Slipway.Server.Tests.Features.Gateway.Upstreams.Streaming;

public sealed class EventReaderTests
{
    private const string Text = "\uFEFF: hello\r\ndata: {\"a\":\"größe\"}\r\n\r\nevent: x\ndata:one\ndata: two\nid: 7\n\n\rdata\n\n: ping\n\ndata: last\r\rdata: tail";

    [Fact]
    public async Task Every_cut_gives_the_same_events()
    {
        var bytes = Encoding.UTF8.GetBytes(Text);
        for (var first = 0; first <= bytes.Length; first++)
        {
            for (var second = first; second <= bytes.Length; second += 5)
            {
                Assert.Equal(["{\"a\":\"größe\"}", "one\ntwo", "", "last", "tail"], await ReadAsync([bytes[..first], bytes[first..second], bytes[second..]]));
            }
        }
    }

    [Fact]
    public async Task Single_bytes_give_the_same_events()
    {
        var events = await ReadAsync([.. Encoding.UTF8.GetBytes(Text).Select(value => new[] { value })]);

        Assert.Equal(["{\"a\":\"größe\"}", "one\ntwo", "", "last", "tail"], events);
    }

    [Fact]
    public async Task Events_larger_than_the_buffer_come_whole()
    {
        var large = new string('x', 50_000);

        var events = await ReadAsync([.. Encoding.UTF8.GetBytes($"data: {large}\n\ndata: 2\n\n").Chunk(777)]);

        Assert.Equal([large, "2"], events);
    }

    [Theory]
    [InlineData("data: ")]
    [InlineData(": comment ")]
    [InlineData("data: x\ndata: ")]
    public async Task Lines_without_end_are_not_held(string start)
    {
        byte[][] parts = [Encoding.UTF8.GetBytes(start), .. Enumerable.Repeat(new byte[1000], 30)];

        await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(parts));
    }

    [Fact]
    public async Task An_event_of_endless_lines_is_not_held()
    {
        byte[][] parts = [.. Enumerable.Repeat(Encoding.UTF8.GetBytes("data: xxxxxxxxxxxxxxxxxxxx\n"), 5000)];

        await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(parts));
    }

    private static async Task<List<string>> ReadAsync(byte[][] parts)
    {
        var events = new List<string>();
        await using var source = new Parts(parts);
        using var reader = new EventReader(source, maxEventBytes: parts.Length > 100 || parts[0].Length > 700 ? 60_000 : 20_000);
        bool isMore;
        do
        {
            isMore = await reader.FillAsync(TestContext.Current.CancellationToken);
            while (reader.TryRead(out var data))
            {
                events.Add(Encoding.UTF8.GetString(data.Span));
            }
        }
        while (isMore);

        if (reader.TryReadLast(out var last))
        {
            events.Add(Encoding.UTF8.GetString(last.Span));
        }

        return events;
    }

    private sealed class Parts(byte[][] parts) : ByteSource
    {
        private readonly Queue<byte[]> _parts = new(parts.Where(part => part.Length > 0));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            if (!_parts.TryDequeue(out var part))
            {
                return new ValueTask<int>(0);
            }

            var fits = Math.Min(part.Length, buffer.Length);
            part.AsSpan(0, fits).CopyTo(buffer.Span);
            if (fits < part.Length)
            {
                byte[][] rest = [part[fits..], .. _parts];
                _parts.Clear();
                Array.ForEach(rest, _parts.Enqueue);
            }

            return new ValueTask<int>(fits);
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

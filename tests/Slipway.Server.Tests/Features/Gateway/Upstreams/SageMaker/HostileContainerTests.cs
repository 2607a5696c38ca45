using System.Text;
using System.Text.Json;
using Slipway.Server.Features.Gateway.Upstreams;
using Slipway.Server.Features.Gateway.Upstreams.SageMaker;

namespace Slipway.Server.Tests.Features.Gateway.Upstreams.SageMaker;

/// <summary>Containers that write nonsense on purpose: every chunk that gets through is JSON, and every failure is a typed one.</summary>
public sealed class HostileContainerTests
{
    private const int Rounds = 300;

    private static readonly string[] Values =
    [
        "null", "true", "7", "-1", "1e400", "\"\"", "\"\\ud800\"", "[]", "{}", "[[]]", "[{}]", "{\"a\":[null]}", "99999999999999999999", "\"x\"",
    ];

    public static TheoryData<string> Streams => [.. ContainerStreams.All.Keys];

    [Fact]
    public void An_event_of_very_many_lines_is_looked_at_once()
    {
        using var events = new ContainerEvents();
        var lines = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("data:1,\n", 8 << 10)));
        var watch = System.Diagnostics.Stopwatch.StartNew();

        events.Add("data:[\n"u8);
        for (var i = 0; i < 32; i++)
        {
            events.Add(lines);
            Assert.False(events.TryRead(out _));
        }

        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 5);
    }

    [Theory, MemberData(nameof(Streams))]
    public void Damaged_bytes_end_in_an_answer_or_in_a_typed_error(string name)
    {
        var chance = new Random(name.Length);
        for (var round = 0; round < Rounds; round++)
        {
            var bytes = Encoding.UTF8.GetBytes(ContainerStreams.All[name]);
            for (var i = chance.Next(1, 5); i > 0; i--)
            {
                bytes[chance.Next(bytes.Length)] = (byte)chance.Next(256);
            }
            Read(bytes[..chance.Next(1, bytes.Length + 1)], chance);
        }
    }

    [Theory, MemberData(nameof(Streams))]
    public void Values_of_the_wrong_kind_end_in_an_answer_or_in_a_typed_error(string name)
    {
        var chance = new Random(name.Length);
        var text = ContainerStreams.All[name];
        var places = Enumerable.Range(1, text.Length - 2).Where(at => text[at] == ':' && text[at - 1] == '"').ToList();
        for (var round = 0; round < Rounds; round++)
        {
            var at = places[chance.Next(places.Count)];
            // The rest of the old value is kept in a member of its own, so that the event stays JSON more often than not.
            var damaged = text[..(at + 1)] + Values[chance.Next(Values.Length)] + ",\"rest\":" + text[(at + 1)..];
            Read(Encoding.UTF8.GetBytes(damaged), chance);
        }
    }

    [Theory]
    [InlineData("one whole chat completion")]
    [InlineData("one generated text")]
    [InlineData("a list of one generated text")]
    public void A_damaged_whole_answer_ends_in_an_answer_or_in_a_typed_error(string name)
    {
        var chance = new Random(7);
        for (var round = 0; round < Rounds; round++)
        {
            var bytes = Encoding.UTF8.GetBytes(ContainerStreams.All[name]);
            for (var i = chance.Next(1, 4); i > 0; i--)
            {
                bytes[chance.Next(bytes.Length)] = (byte)chance.Next(256);
            }
            var translator = new WholeTranslator(SageMakerBench.Call(stream: false), TimeProvider.System);

            var failure = Record.Exception(() => JsonDocument.Parse(translator.Translate(bytes)).Dispose());

            Assert.True(failure is null or UpstreamException, $"{failure}\n{Encoding.UTF8.GetString(bytes)}");
        }
    }

    [Fact]
    public void Brackets_without_end_are_a_typed_error()
    {
        var deep = new string('[', 100_000) + new string(']', 100_000);

        Read(Encoding.UTF8.GetBytes("data: {\"choices\":" + deep + "}\n\n"), new Random(1));
        Read(Encoding.UTF8.GetBytes(deep), new Random(1));
    }

    [Fact]
    public void Counts_that_overflow_are_not_believed()
    {
        using var chunks = new ChunkTranslator(SageMakerBench.Call(stream: true), TimeProvider.System);

        chunks.Add("""{"choices":[],"usage":{"prompt_tokens":2147483647,"completion_tokens":2147483647}}"""u8.ToArray());
        chunks.Add("""{"choices":[],"usage":{"prompt_tokens":-5,"completion_tokens":1e99}}"""u8.ToArray());
        chunks.Add("""{"choices":[],"usage":[]}"""u8.ToArray());

        Assert.InRange(chunks.Usage.Total, 1, 100);
    }

    private static void Read(byte[] bytes, Random chance)
    {
        using var events = new ContainerEvents();
        using var chunks = new ChunkTranslator(SageMakerBench.Call(stream: true), TimeProvider.System);
        var failure = Record.Exception(() =>
        {
            for (int at = 0, length; at < bytes.Length; at += length)
            {
                length = Math.Min(chance.Next(1, 200), bytes.Length - at);
                events.Add(bytes.AsSpan(at, length));
                Drain(events, chunks);
            }
            events.Complete();
            Drain(events, chunks);
            chunks.Complete(events.IsDone);
            Drain(events, chunks);
        });

        Assert.True(failure is null or UpstreamException or FormatException, $"{failure}\n{Encoding.UTF8.GetString(bytes)}");
        Assert.True(chunks.Usage is { Prompt: >= 0, Completion: >= 0 });
    }

    private static void Drain(ContainerEvents events, ChunkTranslator chunks)
    {
        while (events.TryRead(out var json))
        {
            chunks.Add(json);
            Check(chunks);
        }
        Check(chunks);
    }

    private static void Check(ChunkTranslator chunks)
    {
        while (chunks.TryTake(out var chunk))
        {
            using var json = JsonDocument.Parse(chunk.Json);
            Assert.Equal(SageMakerBench.PublicName, json.RootElement.GetProperty("model").GetString());
        }
    }
}

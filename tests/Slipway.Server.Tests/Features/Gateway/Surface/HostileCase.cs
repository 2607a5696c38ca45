using System.Text;
using Slipway.Server.Features.Gateway;
using Slipway.Server.Tests.Features.Gateway.Upstreams.OpenAi;

namespace Slipway.Server.Tests.Features.Gateway.Surface;

/// <summary>What one upstream does to one call, and what must come of it.</summary>
/// <param name="Does">In words, continuing "an upstream that".</param>
/// <param name="Streamed">Whether the client asks for a stream.</param>
/// <param name="Act">What it does. The task ends when the client has seen the first event, or its whole answer.</param>
/// <param name="Comes">What the client gets and what is booked.</param>
/// <param name="Limit">The timeout that ends it, where one must.</param>
internal sealed record HostileCase(
    string Does, bool Streamed, Func<RawUpstream.Exchange, Task, Task> Act, HostileCase.Outcome Comes, string? Limit = null)
{
    private const string Json = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    private const string Events = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n";
    private const string Failure = """{"error":{"message":"CUDA out of memory at /opt/x.py","type":"x","code":500}}""";
    private const string FirstToken = "FirstToken=00:00:00.3", Silence = "BetweenTokens=00:00:00.3", Whole = "Whole=00:00:00.5";

    private static readonly string First = $"data: {RawUpstream.Chunk("a")}\n\n";
    private static readonly string Last = $"data: {RawUpstream.Chunk("größe", "\"stop\"")}\n\ndata: [DONE]\n\n";
    private static readonly string Forged = Sized(RawUpstream.Whole.Replace("\"Hi\"", "\"FORGED\"", StringComparison.Ordinal));

    // Nothing said means counted on the way: a quarter of the question's bytes, and each piece of the answer.
    private static readonly TokenUsage OnePiece = new(HostileUpstreamTests.Streamed.Length / 4, 1);
    private static readonly TokenUsage TwoPieces = OnePiece with { Completion = 2 };
    private static readonly TokenUsage Said = new(5, 2);

    private static readonly Outcome Broken = new(502, "", "upstream_error", null);
    private static readonly Outcome Late = new(504, "", "timeout", null);
    private static readonly Outcome BrokenAfterOne = new(200, "a", "upstream_error", OnePiece);
    private static readonly Outcome LateAfterOne = new(200, "a", "timeout", OnePiece);
    private static readonly Outcome AllEvents = new(200, "agröße", null, TwoPieces);
    private static readonly Outcome All = new(200, "Hi", null, Said);

    public static IReadOnlyList<HostileCase> List { get; } =
    [
        .. Both("hangs before its head", (exchange, _) => exchange.UntilLeftAsync(), Late),
        .. Both("hangs within its head", (exchange, _) => ThenHangAsync(exchange, Json[..30]), Late),
        Stream("hangs after its head", (exchange, _) => ThenHangAsync(exchange, Events + "\r\n"), Late, FirstToken),
        Call("hangs after its head", (exchange, _) => ThenHangAsync(exchange, Json + "Content-Length: 300\r\n\r\n"), Late, Whole),
        Stream("hangs in the middle", (exchange, _) => ThenHangAsync(exchange, Events + "\r\n" + First), LateAfterOne, Silence),
        Call("hangs in the middle", (exchange, _) => ThenHangAsync(exchange, Sized(RawUpstream.Whole)[..^9]), Late, Whole),
        .. Both("resets before its head", (exchange, _) => ThenResetAsync(exchange, ""), Broken, limited: false),
        Stream("resets after its head", (exchange, _) => ThenResetAsync(exchange, Events + "\r\n"), Broken),
        Call("resets after its head", (exchange, _) => ThenResetAsync(exchange, Json + "Content-Length: 300\r\n\r\n"), Broken),
        Stream("resets in the middle", ResetWhenSeenAsync, BrokenAfterOne),
        Call("resets in the middle", (exchange, _) => ThenResetAsync(exchange, Sized(RawUpstream.Whole)[..^9]), Broken),
        Stream("announces more than it has", (exchange, _) => ThenCloseAsync(exchange, Sized(First + Last, Events, more: 99)), AllEvents),
        Stream("announces more and stops before the end", (exchange, _) => ThenCloseAsync(exchange, Sized(First, Events, more: 99)), BrokenAfterOne),
        Call("announces more than it has", (exchange, _) => ThenCloseAsync(exchange, Sized(RawUpstream.Whole, Json, more: 99)), Broken),
        Stream("announces less than it has", (exchange, _) => exchange.SendAsync(Sized(First + Last, Events, more: -60)), BrokenAfterOne),
        Call("announces less than it has", (exchange, _) => exchange.SendAsync(Sized(RawUpstream.Whole, Json, more: -9)), Broken),
        Stream("sends a second answer with the first", (exchange, _) => exchange.SendAsync(Sized(First + Last, Events) + Forged), AllEvents),
        Call("sends a second answer with the first", (exchange, _) => exchange.SendAsync(Sized(RawUpstream.Whole) + Forged), All),
        Stream("sends a second answer later", (exchange, seen) => ThenForgeAsync(exchange, Sized(First + Last, Events), seen), AllEvents),
        Call("sends a second answer later", (exchange, seen) => ThenForgeAsync(exchange, Sized(RawUpstream.Whole), seen), All),
        Stream("ends politely in half an event", (exchange, _) => exchange.SendAsync(Sized(First + Last[..40], Events)), BrokenAfterOne),
        Call("ends politely in half an answer", (exchange, _) => exchange.SendAsync(Sized(RawUpstream.Whole[..80])), Broken),
        Stream("ends in half a character", (exchange, _) => exchange.SendAsync(Halved(First + Last, Events)), BrokenAfterOne),
        Call("ends in half a character", (exchange, _) => exchange.SendAsync(Halved(RawUpstream.Chunk("ö"), Json)), Broken),
        Stream("writes half a character", (exchange, _) => exchange.SendAsync(Spoilt(First + Last, Events)), AllEvents with { Text = "agr\ufffdße" }),
        Call("writes half a character", (exchange, _) => exchange.SendAsync(Spoilt(RawUpstream.Whole.Replace("Hi", "Hö", StringComparison.Ordinal), Json)), All with { Text = "H\ufffd" }),
        .. Both("answers 200 with an error", (exchange, _) => exchange.SendJsonAsync(Failure), Broken, limited: false),
        Stream("begins its stream with an error", (exchange, _) => exchange.StreamAsync(Failure), Broken),
        Stream("fails in the middle", (exchange, _) => exchange.StreamAsync(RawUpstream.Chunk("a"), Failure), BrokenAfterOne),
        Stream("is done before it began", (exchange, _) => exchange.StreamAsync(), Broken),
        .. Both("trickles its head", (exchange, _) => TrickleAsync(exchange, "", "HTTP/1.1 200 OK\r\nx: " + new string('x', 9000)), Late),
        Stream("trickles its first event", (exchange, _) => TrickleAsync(exchange, Events + "\r\n", "data: " + new string(' ', 9000)), Late, FirstToken),
        Stream("trickles after its first event", (exchange, _) => TrickleAsync(exchange, Events + "\r\n" + First, "data: " + new string(' ', 9000)), LateAfterOne, Silence),
        Stream("trickles comments", (exchange, _) => TrickleAsync(exchange, Events + "\r\n" + First, string.Concat(Enumerable.Repeat(":\n\n", 3000))), LateAfterOne, Silence),
        Call("trickles its answer", (exchange, _) => TrickleAsync(exchange, Json + "Content-Length: 9000\r\n\r\n", new string(' ', 9000)), Late, Whole),
        Stream("trickles all there is", (exchange, _) => TrickleAsync(exchange, "", Sized(First + Last, Events), pace: 1), AllEvents),
        Call("trickles all there is", (exchange, _) => TrickleAsync(exchange, "", Sized(RawUpstream.Whole), pace: 1), All),
        Stream("counts nothing in every chunk", (exchange, _) => exchange.StreamAsync(Counted("a", 0, 0), Counted("b", 0, 0)), AllEvents with { Text = "ab" }),
        Stream("counts at the beginning and breaks off", (exchange, _) => exchange.SendAsync(Sized($"data: {Counted("a", 7, 1)}\n\n{First}", Events)), BrokenAfterOne with { Text = "aa", Booked = new(7, 2) }),
    ];

    public override string ToString() => $"{Does}, {(Streamed ? "streamed" : "whole")}";

    private static HostileCase Stream(string does, Func<RawUpstream.Exchange, Task, Task> act, Outcome comes, string? limit = null) =>
        new(does, true, act, comes, limit);

    private static HostileCase Call(string does, Func<RawUpstream.Exchange, Task, Task> act, Outcome comes, string? limit = null) =>
        new(does, false, act, comes, limit);

    private static HostileCase[] Both(string does, Func<RawUpstream.Exchange, Task, Task> act, Outcome comes, bool limited = true) =>
        [Stream(does, act, comes, limited ? FirstToken : null), Call(does, act, comes, limited ? Whole : null)];

    private static string Counted(string text, int prompt, int completion) =>
        $$$"""{{{RawUpstream.Chunk(text)[..^1]}}},"usage":{"prompt_tokens":{{{prompt}}},"completion_tokens":{{{completion}}}}}""";

    /// <summary>A reply whose length is right, or not.</summary>
    private static string Sized(string body, string head = Json, int more = 0) =>
        $"{head}Content-Length: {Encoding.UTF8.GetByteCount(body) + more}\r\n\r\n{body}";

    /// <summary>A reply that ends, in the right length, after the first of the two bytes of an ö.</summary>
    private static byte[] Halved(string body, string head)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var cut = bytes.AsSpan().IndexOf("ö"u8) + 1;
        return [.. Encoding.UTF8.GetBytes($"{head}Content-Length: {cut}\r\n\r\n"), .. bytes[..cut]];
    }

    /// <summary>A reply in which every ö has lost its second byte.</summary>
    private static byte[] Spoilt(string body, string head)
    {
        var bytes = Encoding.UTF8.GetBytes(body).ToList();
        var second = bytes.IndexOf("ö"u8[1]);
        bytes.RemoveAt(second);
        return [.. Encoding.UTF8.GetBytes($"{head}Content-Length: {bytes.Count}\r\n\r\n"), .. bytes];
    }

    private static async Task ThenHangAsync(RawUpstream.Exchange exchange, string text)
    {
        await exchange.SendAsync(text);
        await exchange.UntilLeftAsync();
    }

    private static async Task ThenResetAsync(RawUpstream.Exchange exchange, string text)
    {
        await exchange.SendAsync(text);
        exchange.Reset();
    }

    private static async Task ThenCloseAsync(RawUpstream.Exchange exchange, string text)
    {
        await exchange.SendAsync(text);
        exchange.CloseAfter();
    }

    // A reset overtakes what was sent before it: it waits until that has arrived.
    private static async Task ResetWhenSeenAsync(RawUpstream.Exchange exchange, Task seen)
    {
        await exchange.SendAsync(Events + "\r\n" + First);
        await seen;
        exchange.Reset();
    }

    private static async Task ThenForgeAsync(RawUpstream.Exchange exchange, string text, Task seen)
    {
        await exchange.SendAsync(text);
        await seen;
        await exchange.SendAsync(Forged);
    }

    private static async Task TrickleAsync(RawUpstream.Exchange exchange, string text, string slow, int pace = 50)
    {
        await exchange.SendAsync(text);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(pace));
        foreach (var value in Encoding.UTF8.GetBytes(slow))
        {
            await exchange.SendAsync([value]);
            await timer.WaitForNextTickAsync();
        }
    }

    /// <param name="Status">Of the response.</param>
    /// <param name="Text">The answer as far as it came.</param>
    /// <param name="Error">The type of the error that it is or ends with; null where it is whole.</param>
    /// <param name="Booked">Null where nothing may stand in the books.</param>
    internal sealed record Outcome(int Status, string Text, string? Error, TokenUsage? Booked);
}

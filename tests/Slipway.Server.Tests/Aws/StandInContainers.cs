using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Slipway.Server.Tests.Aws;

/// <summary>What containers behind the stand-in's endpoints do, and how SageMaker passes it on.</summary>
internal static class StandInContainers
{
    /// <summary>One answer.</summary>
    public static Func<StandInCall, Task> Answers(string json) => async call =>
    {
        call.Http.Response.ContentType = "application/json";
        await call.Http.Response.WriteAsync(json);
    };

    /// <summary>A stream, cut anywhere: the text into parts, and the parts' frames into writes, both by a seed.</summary>
    public static Func<StandInCall, Task> Streams(string text, int? seed = null) => async call =>
    {
        var chance = new Random(seed ?? call.Seed);
        var bytes = Encoding.UTF8.GetBytes(text);
        using var frames = new MemoryStream();
        for (int at = 0, length; at < bytes.Length; at += length)
        {
            length = Math.Min(chance.Next(1, 40), bytes.Length - at);
            frames.Write(EventStreamText.Part(bytes.AsSpan(at, length)));
        }
        await WriteAsync(call, frames.ToArray(), chance);
    };

    /// <summary>These bytes of an event stream, cut into writes by a seed.</summary>
    public static Func<StandInCall, Task> Sends(params byte[][] frames) => call =>
        WriteAsync(call, frames.SelectMany(frame => frame).ToArray(), new Random(call.Seed));

    /// <summary>These bytes, after which it hangs until the caller is gone; <paramref name="gone"/> is completed then.</summary>
    public static Func<StandInCall, Task> SendsAndHangs(AwsStandIn aws, TaskCompletionSource gone, params byte[][] frames) => async call =>
    {
        await Sends(frames)(call);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(call.Aborted, aws.Stopping);
        var ended = new TaskCompletionSource();
        await using var registration = either.Token.Register(() => ended.TrySetResult());
        await ended.Task;
        if (call.Aborted.IsCancellationRequested)
        {
            gone.TrySetResult();
        }
    };

    /// <summary>These bytes, after which the connection is reset.</summary>
    public static Func<StandInCall, Task> SendsAndResets(params byte[][] frames) => async call =>
    {
        await Sends(frames)(call);
        call.Http.Abort();
    };

    /// <summary>A refusal as SageMaker's runtime writes it.</summary>
    public static Func<StandInCall, Task> Refuses(int status, string type, string body) => call =>
        AwsStandIn.RefuseAsync(call.Http, status, type, body);

    private static async Task WriteAsync(StandInCall call, byte[] bytes, Random chance)
    {
        call.Http.Response.ContentType = "application/vnd.amazon.eventstream";
        call.Http.Response.Headers["X-Amzn-SageMaker-Content-Type"] = "text/event-stream";
        call.Http.Features.Get<IHttpResponseBodyFeature>()!.DisableBuffering();
        await call.Http.Response.StartAsync(call.Aborted);
        for (int at = 0, length; at < bytes.Length; at += length)
        {
            length = Math.Min(chance.Next(1, 60), bytes.Length - at);
            await call.Http.Response.Body.WriteAsync(bytes.AsMemory(at, length), call.Aborted);
            await call.Http.Response.Body.FlushAsync(call.Aborted);
        }
    }
}

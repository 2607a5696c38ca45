using Microsoft.AspNetCore.Http;
using Slipway.Server.Features.Gateway.Surface;

namespace Slipway.Server.Tests.Features.Gateway.Surface;

public sealed class CallBodyTests
{
    [Fact]
    public async Task A_length_that_is_only_announced_takes_no_memory()
    {
        const int Announced = 31 << 20;
        using var stop = new CancellationTokenSource();
        var context = new DefaultHttpContext();
        context.Request.ContentType = "application/json";
        context.Request.ContentLength = Announced;
        context.Request.Body = new System.IO.Pipelines.Pipe().Reader.AsStream();
        var before = GC.GetAllocatedBytesForCurrentThread();

        var reading = CallBody.ReadAsync(context.Request, 32 << 20, stop.Token).AsTask();

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }
}

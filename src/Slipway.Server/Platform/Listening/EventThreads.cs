using System.Runtime.CompilerServices;

namespace Slipway.Server.Platform.Listening;

/// <summary>
/// The threads that wait for the sockets' events also do what follows from them: on a busy core the way through the thread
/// pool costs a request as much again as all that the gateway does for it. Nothing may keep these threads for long, as
/// other connections wait for them: the gateway's own path never does, everything else leaves them. See docs/decisions/0010.
/// </summary>
internal static class EventThreads
{
    /// <summary>The variable by which .NET is told; <c>0</c> leaves events to the thread pool.</summary>
    public const string Switch = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Has to be called before the process's first socket; whoever runs it may have switched it off with <c>0</c>.</summary>
    public static void HandleEventsInPlace()
    {
        if (Environment.GetEnvironmentVariable(Switch) is null)
        {
            Environment.SetEnvironmentVariable(Switch, "1");
        }
    }

    /// <summary>What follows is done by the thread pool, however long it takes.</summary>
    public static YieldAwaitable LeaveAsync() => Task.Yield();

    /// <summary>
    /// Does work that waits for sockets of its own, a database's: its steps after each wait, and what follows it, are the thread
    /// pool's, however long they take.
    /// </summary>
    public static async Task<T> AvoidAsync<T>(Func<Task<T>> work)
    {
        // Left behind when this method returns; every await below, up to those of libraries that ask for no context, comes back to it.
        SynchronizationContext.SetSynchronizationContext(ThreadPoolContext.Instance);
        return await work();
    }

    /// <summary>Whatever stands behind this in the way of a request, and what it reads of the body, is the thread pool's.</summary>
    public static void UseThreadPool(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        context.Request.Body = new ThreadPoolReads(context.Request.Body);
        await LeaveAsync();
        await next(context);
    });
}

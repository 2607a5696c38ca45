using Slipway.Server.Platform.Listening;

namespace Slipway.Server.Tests.Platform.Listening;

public sealed class EventThreadsTests
{
    [Fact]
    public async Task Work_that_waits_for_an_event_goes_on_in_the_thread_pool_after_each_wait()
    {
        List<bool> isPools = [];
        var (first, second) = (new TaskCompletionSource(), new TaskCompletionSource());
        var events = new Thread(() =>
        {
            first.SetResult();
            second.SetResult();
        });

        var work = EventThreads.AvoidAsync(async () =>
        {
            await first.Task;
            isPools.Add(Thread.CurrentThread.IsThreadPoolThread);
            await second.Task;
            isPools.Add(Thread.CurrentThread.IsThreadPoolThread);
            return true;
        });
        events.Start();
        await FollowAsync(work);

        Assert.Equal([true, true, true], isPools);

        async Task FollowAsync(Task<bool> task)
        {
            await task.ConfigureAwait(false);
            isPools.Add(Thread.CurrentThread.IsThreadPoolThread);
        }
    }

    [Fact]
    public async Task What_follows_work_that_ends_with_an_event_is_the_thread_pools()
    {
        var source = new TaskCompletionSource<int>();
        var work = FollowAsync(EventThreads.AvoidAsync(() => source.Task));
        var events = new Thread(() => source.SetException(new InvalidOperationException()));

        events.Start();

        Assert.True(await work);

        static async Task<bool> FollowAsync(Task<int> task)
        {
            try
            {
                await task.ConfigureAwait(false);
                return false;
            }
            catch (InvalidOperationException)
            {
                return Thread.CurrentThread.IsThreadPoolThread;
            }
        }
    }

    [Fact]
    public void The_thread_that_began_the_work_keeps_its_own_context()
    {
        SynchronizationContext? after = null;
        var thread = new Thread(() =>
        {
            _ = EventThreads.AvoidAsync(() => new TaskCompletionSource<int>().Task);
            after = SynchronizationContext.Current;
        });

        thread.Start();
        thread.Join();

        Assert.Null(after);
    }
}

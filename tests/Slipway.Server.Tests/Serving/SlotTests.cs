using Slipway.Server.Serving;

namespace Slipway.Server.Tests.Serving;

public sealed class SlotTests
{
    [Fact]
    public void An_empty_slot_lends_nothing()
    {
        var slot = new Slot<Thing>();

        Assert.Null(slot.TryTake());
        Assert.Null(slot.Peek());
    }

    [Fact]
    public async Task What_is_lent_outlives_its_replacement()
    {
        var (slot, old, next) = (new Slot<Thing>(), new Thing(), new Thing());
        await slot.ReplaceAsync(old);
        var lease = slot.TryTake()!;

        var freed = slot.ReplaceAsync(next);

        Assert.Same(next, slot.Peek());
        Assert.False(old.IsFreed);
        Assert.False(freed.IsCompleted);
        lease.Dispose();
        await freed;
        Assert.True(old.IsFreed);
        Assert.False(next.IsFreed);
    }

    [Fact]
    public async Task What_nobody_holds_is_freed_at_once()
    {
        var (slot, old) = (new Slot<Thing>(), new Thing());
        await slot.ReplaceAsync(old);
        slot.TryTake()!.Dispose();

        await slot.ReplaceAsync(null);

        Assert.True(old.IsFreed);
    }

    [Fact]
    public async Task Giving_back_twice_does_not_free_what_another_holds()
    {
        var (slot, old) = (new Slot<Thing>(), new Thing());
        await slot.ReplaceAsync(old);
        var (careless, other) = (slot.TryTake()!, slot.TryTake()!);
        var freed = slot.ReplaceAsync(null);

        careless.Dispose();
        careless.Dispose();

        Assert.False(old.IsFreed);
        other.Dispose();
        await freed;
    }

    [Fact]
    public async Task Many_takers_and_replacers_never_see_a_freed_thing_and_leave_none_behind()
    {
        var slot = new Slot<Thing>();
        var made = Enumerable.Range(0, 200).Select(_ => new Thing()).ToList();
        await slot.ReplaceAsync(new Thing());
        using var done = new CancellationTokenSource();
        var takers = Enumerable.Range(0, 4)
            .Select(_ => Task.Run(() => Take(slot, done.Token), TestContext.Current.CancellationToken))
            .ToList();

        foreach (var thing in made)
        {
            await slot.ReplaceAsync(thing);
        }

        await done.CancelAsync();
        Assert.All(await Task.WhenAll(takers), Assert.True);
        await slot.ReplaceAsync(null);
        Assert.All(made, thing => Assert.True(thing.IsFreed));
    }

    private static bool Take(Slot<Thing> slot, CancellationToken stop)
    {
        var sawOnlyLive = true;
        while (!stop.IsCancellationRequested)
        {
            using var lease = slot.TryTake();
            sawOnlyLive &= lease is not { Value.IsFreed: true };
        }

        return sawOnlyLive;
    }

    private sealed class Thing : IAsyncDisposable
    {
        private volatile bool _isFreed;

        public bool IsFreed => _isFreed;

        public ValueTask DisposeAsync()
        {
            _isFreed = true;
            return ValueTask.CompletedTask;
        }
    }
}

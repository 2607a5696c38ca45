using Slipway.Engine.Cache;

namespace Slipway.Engine.Tests.Cache;

public sealed class BlockCacheTests
{
    private readonly BlockCache _cache = new(3);

    [Fact]
    public void A_published_block_is_found_by_its_tokens_and_what_comes_before()
    {
        _cache.TryAllocate(out var block);
        var id = _cache.Publish(block, 0, Tokens(1));

        Assert.True(_cache.TryShare(0, Tokens(1), out var found, out var foundId));
        Assert.Equal((block, id), (found, foundId));
        Assert.False(_cache.TryShare(id, Tokens(1), out _, out _));
        Assert.False(_cache.TryShare(0, Tokens(2), out _, out _));
    }

    [Fact]
    public void A_released_block_is_still_found_until_its_room_is_needed()
    {
        _cache.TryAllocate(out var block);
        _cache.Publish(block, 0, Tokens(1));
        _cache.Release(block);
        Assert.True(_cache.TryShare(0, Tokens(1), out var again, out _));
        _cache.Release(again);

        for (var i = 0; i < 3; i++)
        {
            Assert.True(_cache.TryAllocate(out _));
        }

        Assert.False(_cache.TryShare(0, Tokens(1), out _, out _));
        Assert.False(_cache.TryAllocate(out _));
    }

    [Fact]
    public void The_block_unused_for_longest_goes_first()
    {
        int[] blocks = [Publish(1), Publish(2), Publish(3)];
        _cache.Release(blocks[1]);
        _cache.Release(blocks[0]);
        _cache.Release(blocks[2]);

        _cache.TryAllocate(out var first);
        _cache.TryAllocate(out var second);

        Assert.Equal((blocks[1], blocks[0]), (first, second));
        Assert.True(_cache.TryShare(0, Tokens(3), out _, out _));
    }

    [Fact]
    public void A_shared_block_is_free_only_after_its_last_user()
    {
        var block = Publish(1);
        _cache.TryShare(0, Tokens(1), out _, out _);

        _cache.Release(block);
        Assert.Equal(2, _cache.Available);
        _cache.Release(block);

        Assert.Equal(3, _cache.Available);
    }

    [Fact]
    public void The_same_content_published_twice_keeps_its_first_id()
    {
        _cache.TryAllocate(out var first);
        _cache.TryAllocate(out var second);
        var id = _cache.Publish(first, 0, Tokens(1));

        Assert.Equal(id, _cache.Publish(second, 0, Tokens(1)));
        Assert.True(_cache.TryShare(0, Tokens(1), out var found, out _));
        Assert.Equal(first, found);
    }

    [Fact]
    public void More_than_the_retained_number_is_forgotten_and_its_room_taken_first()
    {
        var cache = new BlockCache(10, retained: 1);
        cache.TryAllocate(out var first);
        cache.TryAllocate(out var second);
        cache.Publish(first, 0, Tokens(1));
        cache.Publish(second, 0, Tokens(2));

        cache.Release(first);
        cache.Release(second);
        cache.TryAllocate(out var next);

        Assert.Equal(first, next);
        Assert.False(cache.TryShare(0, Tokens(1), out _, out _));
        Assert.True(cache.TryShare(0, Tokens(2), out _, out _));
    }

    private int Publish(int seed)
    {
        _cache.TryAllocate(out var block);
        _cache.Publish(block, 0, Tokens(seed));
        return block;
    }

    private static int[] Tokens(int seed) => [.. Enumerable.Range(0, KvPool.BlockTokens).Select(i => (seed * 1000) + i)];
}

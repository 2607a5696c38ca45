using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace Slipway.Server.Platform.Listening;

/// <summary>
/// While a long body is on its way, connections get blocks of 256 KiB to receive into instead of Kestrel's 4 KiB: a gibibyte takes
/// some ten thousand calls then, not half a million. At other times small ones do better: hundreds of connections hold one each.
/// </summary>
internal static class LongTransfers
{
    private static int _count;

    private static bool AreAny => Volatile.Read(ref _count) > 0;

    /// <summary>A long body is on its way, until this is disposed.</summary>
    public static IDisposable Begin() => new Transfer();

    /// <summary>Puts the larger blocks beside the memory that connections use.</summary>
    public static void AddLongTransfers(this IServiceCollection services)
    {
        var usual = services.Last(service => service.ServiceType == typeof(IMemoryPoolFactory<byte>));
        services.AddSingleton<IMemoryPoolFactory<byte>>(provider => new Factory(
            (IMemoryPoolFactory<byte>)(usual.ImplementationInstance ?? usual.ImplementationFactory?.Invoke(provider)
                ?? ActivatorUtilities.CreateInstance(provider, usual.ImplementationType!))));
    }

    private sealed class Factory(IMemoryPoolFactory<byte> usual) : IMemoryPoolFactory<byte>
    {
        public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new Pool(usual.Create(options));
    }

    private sealed class Pool(MemoryPool<byte> usual) : MemoryPool<byte>
    {
        public override int MaxBufferSize => usual.MaxBufferSize;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => AreAny ? Block.Take() : usual.Rent(minBufferSize);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                usual.Dispose();
            }
        }
    }

    private sealed class Block : IMemoryOwner<byte>
    {
        private const int Length = 256 << 10;
        private const int MostKept = 16;

        private static readonly ConcurrentStack<Block> Kept = [];

        // Pinned for good: the system writes into it all the time.
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(Length, pinned: true);

        public Memory<byte> Memory => _bytes;

        public static Block Take() => Kept.TryPop(out var kept) ? kept : new Block();

        public void Dispose()
        {
            if (Kept.Count < MostKept)
            {
                Kept.Push(this);
            }
        }
    }

    private sealed class Transfer : IDisposable
    {
        private int _isOver;

        public Transfer() => Interlocked.Increment(ref _count);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 0)
            {
                Interlocked.Decrement(ref _count);
            }
        }
    }
}

using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Slipway.Server.Platform.Files;

namespace Slipway.Server.Features.Datasets.Uploads;

/// <summary>
/// Buffers that take turns: one is filled while the others wait to be written, so that a disk which is slow for a moment stops
/// nobody. All the memory that an upload needs. They begin where <see cref="DirectFile"/> wants it, and are used again.
/// </summary>
internal sealed class UploadBuffers : IDisposable
{
    public const int Count = 4;

    private const int Length = 2 << 20;
    private const int MostKept = 8;

    private static readonly ConcurrentStack<Memory<byte>> Kept = [];

    private readonly Memory<byte>[] _all = [.. Enumerable.Range(0, Count).Select(_ => Take())];
    private int _turn;

    public Memory<byte> Current => _all[_turn];

    /// <summary>Makes the next buffer the current one.</summary>
    public Memory<byte> Switch() => _all[_turn = (_turn + 1) % Count];

    public void Dispose()
    {
        foreach (var buffer in _all)
        {
            if (Kept.Count < MostKept)
            {
                Kept.Push(buffer);
            }
        }
    }

    private static Memory<byte> Take() => Kept.TryPop(out var kept) ? kept : MakeAligned();

    private static Memory<byte> MakeAligned()
    {
        var bytes = GC.AllocateUninitializedArray<byte>(Length + DirectFile.Alignment, pinned: true);
        var address = (long)Marshal.UnsafeAddrOfPinnedArrayElement(bytes, 0);
        return bytes.AsMemory((int)(-address & (DirectFile.Alignment - 1)), Length);
    }
}

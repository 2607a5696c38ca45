using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Slipway.Engine.Memory;

/// <summary>Memory outside the managed heap, aligned to a cache line, zeroed, freed on disposal.</summary>
/// <remarks>Pages are committed by the system on first touch, so a large buffer costs only what is used of it.</remarks>
internal sealed unsafe class NativeBuffer<T> : IDisposable
    where T : unmanaged
{
    private const nuint CacheLine = 64;
    private T* _pointer;

    public NativeBuffer(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        var bytes = checked((nuint)length * (nuint)Unsafe.SizeOf<T>());
        _pointer = (T*)AllocateZeroed(bytes);
    }

    ~NativeBuffer() => Free();

    /// <summary>Count of <typeparamref name="T"/>.</summary>
    public long Length { get; }

    public T* Pointer => _pointer;

    public Span<T> Span => new(_pointer, checked((int)Length));

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>calloc maps large blocks as untouched zero pages; an aligned allocation would have to write them.</summary>
    private static void* AllocateZeroed(nuint bytes)
    {
        var raw = (byte*)NativeMemory.AllocZeroed(bytes + (2 * CacheLine));
        var aligned = (byte*)(((nuint)raw + CacheLine + (CacheLine - 1)) & ~(CacheLine - 1));
        ((void**)aligned)[-1] = raw;
        return aligned;
    }

    private void Free()
    {
        if (_pointer is not null)
        {
            NativeMemory.Free(((void**)_pointer)[-1]);
            _pointer = null;
        }
    }
}

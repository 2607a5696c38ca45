using System.Runtime.InteropServices;

namespace Slipway.Server.Platform.Devices;

/// <summary>
/// NVIDIA's management library, loaded when asked for: most machines have none, so nothing may be bound at start.
/// Function names and layouts are those of nvml.h (API version 2 of each call).
/// </summary>
internal sealed unsafe class NvmlLibrary : IDisposable
{
    private const int Success = 0;
    private const int TextLength = 96; // NVML_DEVICE_UUID_V2_BUFFER_SIZE and NVML_DEVICE_NAME_V2_BUFFER_SIZE

    private readonly nint _library;
    private readonly delegate* unmanaged[Cdecl]<int> _shutdown;
    private readonly delegate* unmanaged[Cdecl]<uint*, int> _getCount;
    private readonly delegate* unmanaged[Cdecl]<uint, nint*, int> _getHandle;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, uint, int> _getName;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, uint, int> _getUuid;
    private readonly delegate* unmanaged[Cdecl]<nint, MemoryInfo*, int> _getMemory;
    private readonly delegate* unmanaged[Cdecl]<int, byte*> _errorText;

    /// <exception cref="DllNotFoundException">There is no such library, or it lacks something it needs itself.</exception>
    /// <exception cref="EntryPointNotFoundException">It is another library, or one too old.</exception>
    /// <exception cref="NvmlException">The driver does not answer.</exception>
    public NvmlLibrary(string name)
    {
        _library = NativeLibrary.Load(name);
        try
        {
            _shutdown = (delegate* unmanaged[Cdecl]<int>)Find("nvmlShutdown");
            _getCount = (delegate* unmanaged[Cdecl]<uint*, int>)Find("nvmlDeviceGetCount_v2");
            _getHandle = (delegate* unmanaged[Cdecl]<uint, nint*, int>)Find("nvmlDeviceGetHandleByIndex_v2");
            _getName = (delegate* unmanaged[Cdecl]<nint, byte*, uint, int>)Find("nvmlDeviceGetName");
            _getUuid = (delegate* unmanaged[Cdecl]<nint, byte*, uint, int>)Find("nvmlDeviceGetUUID");
            _getMemory = (delegate* unmanaged[Cdecl]<nint, MemoryInfo*, int>)Find("nvmlDeviceGetMemoryInfo");
            _errorText = (delegate* unmanaged[Cdecl]<int, byte*>)Find("nvmlErrorString");
            Check("nvmlInit_v2", ((delegate* unmanaged[Cdecl]<int>)Find("nvmlInit_v2"))());
        }
        catch
        {
            NativeLibrary.Free(_library);
            throw;
        }
    }

    public int CountGpus()
    {
        uint count;
        Check("nvmlDeviceGetCount_v2", _getCount(&count));
        return (int)Math.Min(count, 256);
    }

    /// <exception cref="NvmlException">This GPU does not answer: it has fallen off the bus, or is not ours to use.</exception>
    public Gpu ReadGpu(int index)
    {
        nint device;
        Check("nvmlDeviceGetHandleByIndex_v2", _getHandle((uint)index, &device));
        var memory = default(MemoryInfo);
        var name = stackalloc byte[TextLength];
        var uuid = stackalloc byte[TextLength];

        Check("nvmlDeviceGetMemoryInfo", _getMemory(device, &memory));
        Check("nvmlDeviceGetName", _getName(device, name, TextLength));
        Check("nvmlDeviceGetUUID", _getUuid(device, uuid, TextLength));

        return new Gpu(index, TextOf(name), TextOf(uuid), (long)memory.Total, (long)memory.Free);
    }

    public void Dispose()
    {
        _ = _shutdown();
        NativeLibrary.Free(_library);
    }

    private static string TextOf(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? string.Empty;

    private nint Find(string function) => NativeLibrary.GetExport(_library, function);

    private void Check(string function, int result)
    {
        if (result != Success)
        {
            throw new NvmlException($"{function} answered {result} ({TextOf(_errorText(result))})");
        }
    }

    /// <summary>nvmlMemory_t: bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct MemoryInfo
    {
        public ulong Total;
        public ulong Free;
        public ulong Used;
    }
}

/// <summary>NVML answered a call with an error; the message names both.</summary>
internal sealed class NvmlException(string message) : Exception(message);

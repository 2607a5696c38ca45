using System.IO.MemoryMappedFiles;
using System.Numerics;

namespace Slipway.Engine.Formats.Gguf;

/// <summary>One mapped file: a whole model, or one part of a split one.</summary>
internal sealed unsafe class GgufPart : IDisposable
{
    private const uint Magic = 0x46554747; // "GGUF"
    private const long DefaultAlignment = 32;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;

    public GgufPart(string path)
    {
        Path = path;
        Length = CheckFile(path);
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        Metadata = new GgufMetadata(path);
        try
        {
            Tensors = Read(path);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Path { get; }

    public long Length { get; }

    public GgufMetadata Metadata { get; }

    public IReadOnlyList<GgufTensor> Tensors { get; }

    public void Dispose()
    {
        if (_view.SafeMemoryMappedViewHandle.IsClosed)
        {
            return;
        }
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private static long CheckFile(string path)
    {
        if (Directory.Exists(path))
        {
            throw new ModelFormatException($"'{path}' is a folder; wanted is a GGUF file.");
        }
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw new FileNotFoundException($"There is no file '{path}'.", path);
        }
        return file.Length >= 24
            ? file.Length
            : throw new ModelFormatException($"'{path}' has {file.Length} bytes; a GGUF file has at least 24.");
    }

    private List<GgufTensor> Read(string path)
    {
        var cursor = new GgufCursor(path, _start, Length);
        var magic = cursor.ReadUInt32();
        if (magic != Magic)
        {
            throw cursor.Fault("this is no GGUF file; it does not begin with 'GGUF'", 0);
        }
        var version = cursor.ReadUInt32();
        if ((version & 0xFFFF) == 0)
        {
            throw cursor.Fault("this GGUF file is big-endian; accepted are little-endian ones", 4);
        }
        if (version is not (2 or 3))
        {
            throw cursor.Fault($"this GGUF file is of version {version}; accepted are 2 and 3", 4);
        }
        var tensors = cursor.ReadCount("the number of tensors", GgufTensorTable.LeastBytes);
        var pairs = cursor.ReadCount("the number of metadata pairs", 8 + 4 + 1);
        for (var i = 0L; i < pairs; i++)
        {
            Metadata.Read(ref cursor, _start);
        }
        var alignment = Metadata.GetInteger("general.alignment") ?? DefaultAlignment;
        if (alignment is < 1 or > 1 << 20 || !BitOperations.IsPow2(alignment))
        {
            throw cursor.Fault($"'general.alignment' is {alignment}; accepted are powers of two up to {1 << 20}", cursor.Position);
        }
        return GgufTensorTable.Read(ref cursor, _start, Length, tensors, alignment);
    }
}

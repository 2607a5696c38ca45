using System.IO.MemoryMappedFiles;

namespace Slipway.Engine.Formats.Safetensors;

/// <summary>One mapped file: a whole model, or one shard of it.</summary>
internal sealed unsafe class SafetensorsPart : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;

    public SafetensorsPart(string path)
    {
        var length = Length = CheckFile(path);
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        try
        {
            var header = new SafetensorsHeader(path, length);
            var json = header.ReadLength(new ReadOnlySpan<byte>(_start, SafetensorsHeader.PrefixBytes));
            header.Read(new ReadOnlySpan<byte>(_start + SafetensorsHeader.PrefixBytes, json));
            Metadata = header.Metadata;
            var data = (nint)(_start + header.DataStart);
            Tensors = [.. header.Entries.Select(entry => new SafetensorsTensor(entry, (byte*)data + entry.Begin))];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public long Length { get; }

    public IReadOnlyList<SafetensorsTensor> Tensors { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

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
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw new FileNotFoundException($"There is no file '{path}'.", path);
        }
        return file.Length > SafetensorsHeader.PrefixBytes
            ? file.Length
            : throw new ModelFormatException($"'{path}' has {file.Length} bytes; a safetensors file has at least 10.");
    }
}

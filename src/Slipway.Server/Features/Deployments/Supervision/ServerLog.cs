using System.Globalization;
using System.Text;
using Slipway.Server.Platform.Database;

namespace Slipway.Server.Features.Deployments.Supervision;

/// <summary>
/// What a server prints, over all its starts. Its processes write to the end of a file that they hold open and that outlives us, so
/// it stays the same file: when it is long, what is in it is moved to an older one and it is emptied. A place in the log is the
/// number of bytes before it since the first start, whatever has been moved or dropped since.
/// </summary>
internal sealed class ServerLog
{
    private const int LongestLine = 4096;
    private const int MostOfTail = 8 << 20;
    private const int CopiedAtOnce = 1 << 20;

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly string _older;
    private readonly string _mark;
    private long _moved;

    public ServerLog(string path)
    {
        (_path, _older, _mark) = (path, path + ".1", path + ".moved");
        _moved = ReadMark();
    }

    /// <summary>Where processes write.</summary>
    public string Path => _path;

    /// <summary>The place behind its last byte.</summary>
    public long End
    {
        get
        {
            lock (_gate)
            {
                return _moved + LengthOf(_path);
            }
        }
    }

    /// <summary>The last lines that are not empty, oldest first; none where there is no file.</summary>
    /// <param name="count">How many lines.</param>
    /// <param name="from">The place before which nothing is read: an earlier start's words are not this one's.</param>
    public IReadOnlyList<string> Tail(int count, long from = 0)
    {
        var most = BytesOf(count);
        var lines = Encoding.UTF8.GetString(Read(Math.Max(from, End - most), most).Bytes).Split('\n');
        return [.. lines.Select(line => line.TrimEnd('\r')).Where(line => line.Length > 0).TakeLast(count)];
    }

    /// <summary>The place where the last lines begin.</summary>
    public long StartOf(int count)
    {
        var most = BytesOf(count);
        var (start, bytes) = Read(Math.Max(0, End - most), most);
        for (var at = bytes.Length - 1; at > 0 && count > 0; at--)
        {
            if (bytes[at - 1] == '\n' && --count == 0)
            {
                return start + at;
            }
        }
        return count == 0 ? start + bytes.Length : start;
    }

    /// <summary>At most so many bytes from a place on, or from the first that is still there; none where there is no file.</summary>
    /// <returns>The bytes, and the place where they begin.</returns>
    public (long Start, byte[] Bytes) Read(long place, int most)
    {
        lock (_gate)
        {
            var first = _moved - LengthOf(_older);
            var start = Math.Max(place, Math.Max(0, first));
            if (start >= _moved)
            {
                return (start, Read(_path, start - _moved, most));
            }
            // A line may begin in the one file and end in the other.
            var older = Read(_older, start - first, (int)Math.Min(most, _moved - start));
            return (start, start + older.Length < _moved ? older : [.. older, .. Read(_path, 0, most - older.Length)]);
        }
    }

    /// <summary>
    /// Moves what is in the file to the older one, in place of what was there, when it has grown to the limit; of a file of more than
    /// twice that, which grew while nobody looked, the end. What a process prints between the last look and the emptying, some
    /// microseconds, is lost; a line may be torn.
    /// </summary>
    /// <returns>Whether it was moved.</returns>
    /// <exception cref="IOException">The files cannot be written to; the log is as it was.</exception>
    public bool Rotate(long limit)
    {
        if (LengthOf(_path) < limit)
        {
            return false;
        }
        using var file = File.OpenHandle(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var draft = _older + ".new";
        try
        {
            Move(file, draft, limit);
        }
        catch
        {
            // A full disk has no room for half of a copy.
            File.Delete(draft);
            throw;
        }
        return true;
    }

    private void Move(Microsoft.Win32.SafeHandles.SafeFileHandle file, string draft, long limit)
    {
        using var older = new FileStream(draft, DataFolder.Private(FileMode.Create, FileAccess.Write, FileShare.Read | FileShare.Delete));
        var length = RandomAccess.GetLength(file);
        var at = Copy(file, older, length > 2 * limit ? length - limit : 0, length);
        lock (_gate)
        {
            // Who prints faster than this copies does not keep us here.
            at = Copy(file, older, at, length + limit);
            // Nothing is dropped, here or there, before all of it is written.
            older.Flush();
            File.Move(draft, _older, overwrite: true);
            RandomAccess.SetLength(file, 0);
            _moved += at;
            File.WriteAllText(_mark + ".new", _moved.ToString(CultureInfo.InvariantCulture));
            File.Move(_mark + ".new", _mark, overwrite: true);
        }
    }

    private static long Copy(Microsoft.Win32.SafeHandles.SafeFileHandle file, FileStream to, long from, long until)
    {
        var buffer = new byte[CopiedAtOnce];
        while (from < until && RandomAccess.Read(file, buffer, from) is > 0 and var count)
        {
            to.Write(buffer, 0, count);
            from += count;
        }
        return from;
    }

    private static byte[] Read(string path, long from, int most)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[(int)Math.Clamp(RandomAccess.GetLength(file) - from, 0, most)];
            return bytes[..RandomAccess.Read(file, bytes, from)];
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static int BytesOf(int lines) => (int)Math.Min((long)lines * LongestLine, MostOfTail);

    private static long LengthOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    private long ReadMark()
    {
        try
        {
            return long.TryParse(File.ReadAllText(_mark), NumberStyles.None, CultureInfo.InvariantCulture, out var moved) ? moved : 0;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}

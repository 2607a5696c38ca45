using System.Buffers;
using Microsoft.Win32.SafeHandles;
using Slipway.Server.Platform.Files;

namespace Slipway.Server.Features.Runs.Logs;

/// <summary>How far a file was read. To be kept, so that another server goes on from here.</summary>
/// <param name="Offset">Behind the last complete line, in bytes.</param>
/// <param name="Witness">Of the bytes before: a file that was written anew has others there.</param>
/// <param name="IsInside">The offset lies inside a line that is too long, and the rest of it is to be passed over.</param>
internal readonly record struct FollowedPosition(long Offset, uint Witness, bool IsInside);

/// <summary>
/// Reads the complete lines that were appended to a file which somebody else writes, deletes, cuts or writes anew. A file that
/// is not the one that was read is read from its begin.
/// </summary>
internal sealed class FollowedFile(string path, FollowedPosition position = default)
{
    /// <summary>A longer line is passed over.</summary>
    public const int MaxLineBytes = 1024 * 1024;

    public delegate void LineReader(ReadOnlySpan<byte> line);

    public FollowedPosition Position { get; private set; } = position;

    /// <summary>
    /// Hands over what was added, without ends of lines, at most about <paramref name="maxBytes"/>. Returns whether there was more
    /// than that: call again at once.
    /// </summary>
    /// <param name="reader">Gets each line; its bytes are gone after the call.</param>
    /// <param name="maxBytes">After so many bytes, the rest waits for the next call.</param>
    public bool Read(LineReader reader, int maxBytes)
    {
        using var file = PlainFile.TryOpen(path);
        if (file is null)
        {
            return false;
        }
        var length = RandomAccess.GetLength(file);
        var (offset, _, isInside) = IsTheSame(file, length) ? Position : default;
        var end = Math.Min(length, offset + Math.Max(maxBytes, 2 * MaxLineBytes));
        offset = ReadLines(file, offset, end, ref isInside, reader);
        Position = new(offset, LogCheckpoint.Witness(file, offset), isInside);
        return end < length;
    }

    private bool IsTheSame(SafeFileHandle file, long length) =>
        Position.Offset == 0 || (Position.Offset <= length && LogCheckpoint.Witness(file, Position.Offset) == Position.Witness);

    /// <summary>Returns the offset behind the last line.</summary>
    private static long ReadLines(SafeFileHandle file, long offset, long end, ref bool isInside, LineReader reader)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MaxLineBytes);
        try
        {
            while (offset < end)
            {
                var room = (int)Math.Min(buffer.Length, end - offset);
                var text = buffer.AsSpan(0, RandomAccess.Read(file, buffer.AsSpan(0, room), offset));
                var complete = text.LastIndexOf((byte)'\n') + 1;
                if (complete == 0 && text.Length < buffer.Length)
                {
                    break; // A line that is still being written, or a file that was cut just now.
                }
                HandOver(text[..complete], isInside, reader);
                isInside = complete == 0;
                offset += isInside ? text.Length : complete;
            }
            return offset;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void HandOver(ReadOnlySpan<byte> lines, bool skipsFirst, LineReader reader)
    {
        while (lines.IndexOf((byte)'\n') is >= 0 and var end)
        {
            var line = lines[..end];
            lines = lines[(end + 1)..];
            if (!skipsFirst)
            {
                reader(line.EndsWith("\r"u8) ? line[..^1] : line);
            }
            skipsFirst = false;
        }
    }
}

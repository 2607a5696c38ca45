using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Slipway.Server.Features.Datasets.Files;

/// <summary>The SHA-256 of a file's first <see cref="Position"/> bytes, which goes on as bytes are added.</summary>
/// <remarks>Whoever forgets one that a request may still use leaves it to the collector.</remarks>
internal sealed class RunningHash : IDisposable
{
    private const int PieceLength = 1 << 20;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public long Position { get; private set; }

    /// <summary>Adds bytes that stand at <paramref name="offset"/>; those that do not follow are left to <see cref="CatchUp"/>.</summary>
    public void Append(long offset, ReadOnlySpan<byte> bytes)
    {
        if (offset == Position)
        {
            _hash.AppendData(bytes);
            Position += bytes.Length;
        }
    }

    /// <summary>Reads what is missing, then tells the hash of the whole file as 64 hexadecimal digits.</summary>
    public string CatchUp(SafeFileHandle file)
    {
        var length = RandomAccess.GetLength(file);
        if (Position > length)
        {
            Reset();
        }
        var piece = Position < length ? new byte[PieceLength] : [];
        while (Position < length)
        {
            var read = RandomAccess.Read(file, piece, Position);
            if (read == 0)
            {
                break;
            }
            Append(Position, piece.AsSpan(0, read));
        }
        return Convert.ToHexStringLower(_hash.GetCurrentHash());
    }

    /// <summary>Begins anew: bytes that were counted are gone.</summary>
    public void Reset()
    {
        _ = _hash.GetHashAndReset();
        Position = 0;
    }

    public void Dispose() => _hash.Dispose();
}

using System.Buffers.Binary;
using System.Text;

namespace Slipway.Server.Features.Runs.Executors.Docker;

/// <summary>
/// The two streams of an exec, as the engine braids them: a byte that says which one, three zeros, the length (big-endian, 4
/// bytes), the bytes. An exec that could not be started says so in bare text instead.
/// </summary>
internal static class ExecStream
{
    private const int HeaderLength = 8;
    private const byte StandardOutput = 1;
    private const byte StandardError = 2;
    private const int MostComplaint = 4096;

    /// <summary>Gives standard output to <paramref name="sink"/> until the stream ends, and returns the beginning of standard error.</summary>
    /// <exception cref="DockerException">It could not be started.</exception>
    public static async Task<string> ReadAsync(
        Stream stream, Func<ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken cancellationToken)
    {
        var errors = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var got = await stream.ReadAtLeastAsync(buffer.AsMemory(0, HeaderLength), HeaderLength, throwOnEndOfStream: false, cancellationToken);
            if (got > 0 && (got < HeaderLength || buffer[0] > StandardError || buffer.AsSpan(1, 3).ContainsAnyExcept((byte)0)))
            {
                throw new DockerException(DockerFailure.Refused, await BareTextAsync(stream, buffer, got, cancellationToken));
            }
            if (got == 0)
            {
                return Encoding.UTF8.GetString(errors.ToArray());
            }
            var (kind, left) = (buffer[0], BinaryPrimitives.ReadUInt32BigEndian(buffer.AsSpan(4)));
            while (left > 0)
            {
                got = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, (uint)buffer.Length)), cancellationToken);
                if (got == 0)
                {
                    return Encoding.UTF8.GetString(errors.ToArray());
                }
                left -= (uint)got;
                if (kind == StandardOutput)
                {
                    await sink(buffer.AsMemory(0, got));
                }
                else if (errors.Length < MostComplaint)
                {
                    errors.Write(buffer.AsSpan(0, got));
                }
            }
        }
    }

    private static async Task<string> BareTextAsync(Stream stream, byte[] buffer, int got, CancellationToken cancellationToken)
    {
        got += await stream.ReadAtLeastAsync(
            buffer.AsMemory(got, MostComplaint - got), MostComplaint - got, throwOnEndOfStream: false, cancellationToken);
        return Encoding.UTF8.GetString(buffer, 0, got).Trim();
    }
}

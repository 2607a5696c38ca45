namespace Slipway.Engine.Import;

/// <summary>Brings the pages of mapped files into memory and tells how far it is.</summary>
/// <param name="total">Bytes in all.</param>
/// <param name="progress">Gets the share that is done, 0 to 1.</param>
/// <param name="cancellationToken">Gives up.</param>
internal sealed class ReadAhead(long total, IProgress<double>? progress, CancellationToken cancellationToken)
{
    private const int Page = 4096;
    private const long Report = 64 << 20;
    private long _done;
    private long _reported;

    /// <summary>Touches every page of a run of bytes.</summary>
    public unsafe void Touch(byte* data, long bytes)
    {
        var seen = 0;
        for (long offset = 0; offset < bytes; offset += Page)
        {
            seen += data[offset];
            Tell(_done + offset);
        }
        GC.KeepAlive(seen);
        Add(bytes);
    }

    /// <summary>Counts bytes that were read otherwise.</summary>
    public void Add(long bytes)
    {
        _done += bytes;
        Tell(_done);
    }

    private void Tell(long done)
    {
        if (done - _reported >= Report)
        {
            _reported = done;
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report((double)done / total);
        }
    }
}

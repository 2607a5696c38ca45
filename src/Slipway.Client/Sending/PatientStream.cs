namespace Slipway.Client.Sending;

/// <summary>
/// Reads an answer, and takes a long silence for a broken connection: of a machine that has vanished nothing else is ever heard.
/// </summary>
internal sealed class PatientStream(Stream inner, TimeSpan patience) : Stream
{
    private CancellationTokenSource _alarm = new();

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="HttpIOException">Nothing came for too long, or the connection broke.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_alarm.TryReset())
        {
            _alarm.Dispose();
            _alarm = new CancellationTokenSource();
        }
        _alarm.CancelAfter(patience);
        var registration = cancellationToken.UnsafeRegister(static alarm => ((CancellationTokenSource)alarm!).Cancel(), _alarm);
        await using (registration.ConfigureAwait(false))
        {
            try
            {
                return await inner.ReadAsync(buffer, _alarm.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                throw new HttpIOException(HttpRequestError.ResponseEnded, $"The server has said nothing for {patience.TotalSeconds:0} seconds.");
            }
            catch (IOException exception) when (exception is not HttpIOException)
            {
                throw new HttpIOException(HttpRequestError.ResponseEnded, exception.Message, exception);
            }
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            _alarm.Dispose();
        }
        base.Dispose(disposing);
    }
}

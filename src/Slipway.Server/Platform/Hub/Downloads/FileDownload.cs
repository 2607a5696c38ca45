using System.Buffers;
using System.Net;
using Slipway.Server.Platform.Hub.Protocols;

namespace Slipway.Server.Platform.Hub.Downloads;

/// <summary>
/// Fetches one file: (1) goes on with what is there, (2) fetches what is missing in ranges side by side, each as often as it takes,
/// (3) checks the whole and (4) gives it its name. What changes on the way, or is damaged in a part that lay here, begins anew once.
/// </summary>
internal sealed class FileDownload(HubHttp http, HubRetry retry, HubOptions options)
{
    private const int BufferBytes = 256 << 10;

    /// <param name="request">Where it is.</param>
    /// <param name="remote">What it is.</param>
    /// <param name="target">Where it is to be; its folder is there.</param>
    /// <param name="advance">Told the number of bytes that came; less than none when some were thrown away.</param>
    /// <param name="cancellationToken">Stops it; what has come is kept.</param>
    /// <exception cref="HubException">It cannot be had.</exception>
    public async Task FetchAsync(HubRequest request, RemoteFile remote, string target, Action<long> advance, CancellationToken cancellationToken)
    {
        var rangesServed = true;
        for (var restarts = 0; ; restarts++)
        {
            using var part = PartFile.Open(target, remote);
            var before = part.Done;
            var counted = before;
            advance(before);
            void Count(long bytes)
            {
                Interlocked.Add(ref counted, bytes);
                advance(bytes);
            }
            try
            {
                await FetchMissingAsync(part, request, rangesServed, Count, cancellationToken);
                await FileDigest.CheckAsync(part, cancellationToken);
                part.Complete();
                return;
            }
            catch (HubException exception) when (exception.Fault is HubFault.Changed or HubFault.Damaged or HubFault.NoRanges)
            {
                part.Discard();
                advance(-counted);
                var isOurs = exception.Fault == HubFault.Damaged ? before > 0 : exception.Fault == HubFault.Changed || rangesServed;
                if (!isOurs || restarts > 1)
                {
                    throw;
                }
                rangesServed &= exception.Fault != HubFault.NoRanges;
            }
        }
    }

    private async Task FetchMissingAsync(PartFile part, HubRequest request, bool rangesServed, Action<long> count, CancellationToken cancellationToken)
    {
        var missing = rangesServed ? part.Missing(options.PartBytes) : part.Missing(long.MaxValue / 2);
        var side = new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(missing, side, async (span, token) => await new RangeCopy(part, request, span, rangesServed, count).RunAsync(this, token));
    }

    /// <summary>One range, as often as it takes.</summary>
    private sealed class RangeCopy(PartFile part, HubRequest request, ByteSpan span, bool rangesServed, Action<long> count)
    {
        private long _at = span.From;
        private long _kept = span.From;

        public async Task RunAsync(FileDownload download, CancellationToken cancellationToken)
        {
            for (var failures = 0; _at < span.To;)
            {
                var before = _at;
                try
                {
                    await CopyAsync(download, cancellationToken);
                }
                catch (HubException exception) when (exception.Fault == HubFault.Transient)
                {
                    failures = _at > before && rangesServed ? 1 : failures + 1;
                    if (!rangesServed)
                    {
                        count(span.From - _at); // It comes from the beginning again.
                        _at = _kept = span.From;
                    }
                    await download.Retry.PauseAsync(exception, failures, cancellationToken);
                }
                finally
                {
                    Keep();
                }
            }
        }

        private async Task CopyAsync(FileDownload download, CancellationToken cancellationToken)
        {
            var isWhole = _at == 0 && span.To == part.Remote.Size;
            using var answer = await download.Http.GetAsync(request with { Range = isWhole ? null : new ByteSpan(_at, span.To) }, cancellationToken);
            Check(answer, download.Http.Endpoint, isWhole);
            var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
            try
            {
                await using var body = await answer.Response.Content.ReadAsStreamAsync(cancellationToken);
                while (_at < span.To)
                {
                    var room = (int)Math.Min(BufferBytes, span.To - _at);
                    var read = await download.Http.ReadAsync(body, buffer.AsMemory(0, room), cancellationToken);
                    if (read == 0)
                    {
                        throw Transient($"'{RemotePath.Shown(request.What)}' ended before its end.");
                    }
                    await part.WriteAsync(_at, buffer.AsMemory(0, read), cancellationToken);
                    _at += read;
                    count(read);
                    if (_at - _kept >= download.Options.JournalBytes)
                    {
                        Keep();
                    }
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        private void Keep()
        {
            if (_at > _kept)
            {
                part.Keep(new ByteSpan(_kept, _at));
                _kept = _at;
            }
        }

        /// <exception cref="HubException">It is not what was asked for.</exception>
        private void Check(HubAnswer answer, HubEndpoint hub, bool isWhole)
        {
            var (response, size) = (answer.Response, part.Remote.Size);
            if (response.Content.Headers.ContentEncoding.Count > 0)
            {
                throw new HubException($"{hub.Host} sends '{RemotePath.Shown(request.What)}' compressed, though it was asked not to.");
            }
            if (!isWhole && response.StatusCode == HttpStatusCode.OK)
            {
                throw new HubException($"{hub.Host} does not send parts of files.") { Fault = HubFault.NoRanges };
            }
            var range = response.Content.Headers.ContentRange;
            if (isWhole ? response.StatusCode != HttpStatusCode.OK : range is not { Unit: "bytes" } || range.From != _at || range.To != span.To - 1)
            {
                throw new HubException($"{hub.Host} sends another part of '{RemotePath.Shown(request.What)}' than was asked for.");
            }
            var told = isWhole ? response.Content.Headers.ContentLength : range!.Length;
            if ((told is not null && told != size) || (answer.Facts.Size is { } linked && linked != size) || !part.Pin(answer.Etag))
            {
                throw new HubException($"'{RemotePath.Shown(request.What)}' changed at {hub.Host} while it was pulled.") { Fault = HubFault.Changed };
            }
        }

        private static HubException Transient(string message) => new(message) { Fault = HubFault.Transient };
    }

    private HubHttp Http => http;

    private HubRetry Retry => retry;

    private HubOptions Options => options;
}

using System.Collections.Concurrent;
using System.Data.Common;
using Slipway.Server.Platform.Database;

namespace Slipway.Server.Features.Gateway.Usage;

/// <summary>
/// The books: calls are noted in a journal as they end, and the journal is folded into the database behind them.
/// No call waits for the database, and none is lost or counted twice when a process is killed.
/// </summary>
internal sealed partial class UsageLedger(DataFolder folder, UsageStore store, TimeProvider clock, ILogger<UsageLedger> logger) : IDisposable
{
    /// <summary>A file that has grown to this many bytes is followed by another one and removed once it is in the books.</summary>
    private const long LargestFile = 16 << 20;

    private readonly ConcurrentDictionary<string, Spend> _spend = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _folding = new(1, 1);

    /// <summary>Files that are followed by another one and not yet wholly in the books. Under <see cref="_folding"/>.</summary>
    private readonly Queue<JournalFile> _complete = new();

    private UsageJournal? _journal;
    private long _foldedTo;
    private volatile bool _isDiskFailing;

    /// <summary>Whether something was recorded that is not in the books.</summary>
    public bool HasNews => Journal.File.Length != Volatile.Read(ref _foldedTo);

    private UsageJournal Journal => _journal ?? throw new InvalidOperationException("The ledger is not open yet.");

    /// <summary>Opens a journal and puts what earlier processes left behind into the books.</summary>
    /// <exception cref="ServerStartException">The data folder cannot be written.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var orphan in JournalFile.Orphans(folder))
            {
                using (orphan)
                {
                    if (!await FoldWholeAsync(orphan, isOurs: false, cancellationToken))
                    {
                        LogDamaged(1, orphan.Id);
                    }
                    await RemoveAsync(orphan, cancellationToken);
                }
            }
            _journal = new UsageJournal(JournalFile.Create(folder));
            await FoldAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ServerStartException(
                $"Usage cannot be noted in the data folder {folder.Path}: {exception.Message} Name another one with SLIPWAY_DATA or Data:Folder.",
                exception);
        }
    }

    /// <summary>Counts a call. Waits for no database, and does not throw.</summary>
    public void Record(in UsageEntry entry)
    {
        SpendOf(entry.KeyId).Add(entry.Cost);
        try
        {
            Journal.Append(entry, clock.GetUtcNow().ToUnixTimeMilliseconds());
        }
        catch (IOException exception)
        {
            SayDiskFails(exception);
        }
        catch (ObjectDisposedException)
        {
            // The call outlived the server's grace, and the books are closed.
        }
    }

    /// <summary>What a key's calls have cost, always up to date.</summary>
    public Spend SpendOf(string keyId) => _spend.GetOrAdd(keyId, static _ => new Spend());

    /// <summary>Makes what was recorded safe from a power failure.</summary>
    public void Sync()
    {
        try
        {
            if (Write(mayWait: false))
            {
                Journal.File.Sync();
                _isDiskFailing = false;
            }
        }
        catch (IOException exception)
        {
            SayDiskFails(exception);
        }
        catch (ObjectDisposedException)
        {
            // Replaced and removed this very moment: all of it is in the books.
        }
    }

    /// <summary>Brings the books up to date with everything recorded before, and the spending with what other gateways put there.</summary>
    /// <exception cref="DbException">The database does not answer; the journal keeps everything.</exception>
    public async Task FoldAsync(CancellationToken cancellationToken)
    {
        await _folding.WaitAsync(cancellationToken);
        try
        {
            Write(mayWait: true);
            // In the books first, as far as it goes: while the database is away there is one file that grows, not many.
            await FoldWholeAsync(Journal.File, isOurs: true, cancellationToken);
            if (Journal.File.Length >= LargestFile)
            {
                Turn_NeedsLock();
            }
            await FoldComplete_NeedsLockAsync(cancellationToken);
        }
        finally
        {
            _folding.Release();
        }
    }

    /// <summary>Puts everything into the books at the end of the process, so that nothing is left for the next one.</summary>
    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        await _folding.WaitAsync(cancellationToken);
        try
        {
            if (_journal is null)
            {
                // The start failed before there was anything to put there.
                return;
            }
            // Should something be recorded all the same, it goes to the next file, and into the books at the next start.
            Turn_NeedsLock();
            await FoldComplete_NeedsLockAsync(cancellationToken);
        }
        finally
        {
            _folding.Release();
        }
    }

    public void Dispose()
    {
        foreach (var file in _complete)
        {
            file.Dispose();
        }
        if (_journal?.File is { } last)
        {
            if (last.Length == 0)
            {
                last.Delete();
            }
            last.Dispose();
        }
        _folding.Dispose();
    }

    private bool Write(bool mayWait)
    {
        try
        {
            Journal.Write(mayWait);
            return true;
        }
        catch (IOException exception)
        {
            SayDiskFails(exception);
            return false;
        }
    }

    private void Turn_NeedsLock()
    {
        _complete.Enqueue(Journal.Turn(JournalFile.Create(folder)));
        Volatile.Write(ref _foldedTo, 0);
    }

    private async Task FoldComplete_NeedsLockAsync(CancellationToken cancellationToken)
    {
        while (_complete.TryPeek(out var file))
        {
            await FoldWholeAsync(file, isOurs: true, cancellationToken);
            _complete.Dequeue();
            await RemoveAsync(file, cancellationToken);
        }
    }

    private async Task RemoveAsync(JournalFile file, CancellationToken cancellationToken)
    {
        // In this order: a file without its row would be counted anew.
        file.Delete();
        await store.ForgetAsync(file.Id, cancellationToken);
    }

    /// <summary>
    /// Puts what a file holds now into the books; what is appended meanwhile waits for the next time, or a busy server would
    /// never be done. Returns false when something at the end of the file is no whole line.
    /// </summary>
    private async Task<bool> FoldWholeAsync(JournalFile file, bool isOurs, CancellationToken cancellationToken)
    {
        var (position, end) = (-1L, file.Length);
        while (true)
        {
            var folding = await store.FoldAsync(file, cancellationToken);
            Book(folding, isOurs);
            if (folding.Damaged > 0)
            {
                LogDamaged(folding.Damaged, file.Id);
            }
            if (isOurs && file == Journal.File)
            {
                Volatile.Write(ref _foldedTo, folding.Position);
            }
            // No further: the end, or half a line that a power failure left.
            if (folding.Position == position || folding.Position >= end)
            {
                return folding.Position >= end;
            }
            position = folding.Position;
        }
    }

    private void Book(Folding folding, bool isOurs)
    {
        foreach (var (key, spent) in folding.Spent)
        {
            var spend = SpendOf(key);
            spend.Book(spent, spend.BookedByUs + (isOurs ? folding.Costs.GetValueOrDefault(key) : 0));
        }
    }

    private void SayDiskFails(IOException exception)
    {
        if (!_isDiskFailing)
        {
            _isDiskFailing = true;
            LogDiskFails(folder.Path, exception.Message);
        }
    }

    [LoggerMessage(2160, LogLevel.Critical,
        "Usage cannot be noted in {Folder} ({Reason}); it is kept in memory, and lost should the process end before the disk takes it")]
    private partial void LogDiskFails(string folder, string reason);

    [LoggerMessage(2161, LogLevel.Error, "{Count} lines of the usage journal {Journal} are damaged and cannot be counted")]
    private partial void LogDamaged(int count, string journal);
}

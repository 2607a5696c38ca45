namespace Slipway.Server.Serving;

/// <summary>
/// Holds the one thing in use, lends it, and lets it be replaced while lent: who holds the old one keeps it to the end,
/// and the last to give it back frees it.
/// </summary>
internal sealed class Slot<T>
    where T : class, IAsyncDisposable
{
    private readonly Lock _gate = new();
    private Tenure? _current;

    /// <summary>What is in use now; for looking at only, since it may be freed at any moment.</summary>
    public T? Peek()
    {
        lock (_gate)
        {
            return _current?.Value;
        }
    }

    /// <summary>Lends what is in use; null when there is nothing. Give it back by disposing the lease.</summary>
    public Lease<T>? TryTake()
    {
        lock (_gate)
        {
            if (_current is not { } tenure)
            {
                return null;
            }

            tenure.Users++;
            return new Lease<T>(tenure.Value, () => GiveBack(tenure));
        }
    }

    /// <summary>Puts <paramref name="next"/> (or nothing) in use at once. The task ends when the old one is freed.</summary>
    public Task ReplaceAsync(T? next)
    {
        Tenure? old;
        bool isUnused;
        lock (_gate)
        {
            old = _current;
            _current = next is null ? null : new Tenure(next);
            if (old is null)
            {
                return Task.CompletedTask;
            }

            old.IsOver = true;
            isUnused = old.Users == 0;
        }

        return isUnused ? old.FreeAsync() : old.Freed;
    }

    private void GiveBack(Tenure tenure)
    {
        bool isLast;
        lock (_gate)
        {
            isLast = --tenure.Users == 0 && tenure.IsOver;
        }

        if (isLast)
        {
            _ = tenure.FreeAsync(); // Whoever replaced it awaits its end and sees a fault there.
        }
    }

    private sealed class Tenure(T value)
    {
        private readonly TaskCompletionSource _freed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public T Value => value;

        public int Users { get; set; }

        public bool IsOver { get; set; }

        public Task Freed => _freed.Task;

        public async Task FreeAsync()
        {
            try
            {
                await value.DisposeAsync();
                _freed.SetResult();
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                _freed.SetException(exception);
            }

            await _freed.Task;
        }
    }
}

/// <summary>Something lent by a <see cref="Slot{T}"/>. Disposing it twice gives it back once.</summary>
internal sealed class Lease<T>(T value, Action giveBack) : IDisposable
    where T : class
{
    private Action? _giveBack = giveBack;

    public T Value => value;

    public void Dispose() => Interlocked.Exchange(ref _giveBack, null)?.Invoke();
}

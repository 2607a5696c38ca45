namespace Slipway.Terminal;

/// <summary>Reports on the working thread: the standard one posts to the pool and may report after the end.</summary>
internal sealed class DirectProgress<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}

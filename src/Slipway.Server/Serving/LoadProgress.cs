namespace Slipway.Server.Serving;

/// <summary>How far a load is; tells every tenth.</summary>
internal sealed class LoadProgress(ModelSource source, Action<int> tell) : IProgress<double>
{
    private volatile int _percent;
    private int _told = -10;

    public ModelSource Source => source;

    /// <summary>0 to 100.</summary>
    public int Percent => _percent;

    public void Report(double value)
    {
        _percent = (int)Math.Clamp(value * 100, 0, 100);
        if (_percent >= _told + 10)
        {
            _told = _percent / 10 * 10;
            tell(_percent);
        }
    }
}

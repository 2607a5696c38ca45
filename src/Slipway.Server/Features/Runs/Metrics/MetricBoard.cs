namespace Slipway.Server.Features.Runs.Metrics;

/// <summary>Who gives which figure. A figure belongs to the best source that ever gave it; the others are not heard any more.</summary>
/// <param name="owners">As they were saved.</param>
/// <param name="taken">How many points were taken before.</param>
internal sealed class MetricBoard(IReadOnlyDictionary<string, MetricSource> owners, long taken)
{
    /// <summary>Of an attempt that prints more points than these, only the newest of each series is taken at each look.</summary>
    public const int MostPoints = 500_000;

    private const int MostNames = 256;

    private readonly Dictionary<string, MetricSource> _owners = new(owners);
    private List<MetricPoint> _points = [];

    public long Taken { get; private set; } = taken;

    public IReadOnlyDictionary<string, MetricSource> Owners => new Dictionary<string, MetricSource>(_owners);

    public void Offer(MetricPoint point)
    {
        if (!_owners.TryGetValue(point.Name, out var owner) ? _owners.Count >= MostNames : owner > point.Source)
        {
            return;
        }
        _owners[point.Name] = point.Source;
        if (Taken + _points.Count >= MostPoints && _points.FindLastIndex(one => one.Name == point.Name) is >= 0 and var older)
        {
            _points.RemoveAt(older);
        }
        _points.Add(point);
    }

    public void Offer(FigureSet figures, MetricSource source)
    {
        foreach (var (name, value) in figures.Values)
        {
            Offer(new(name, figures.Step, value, source, figures.Epoch));
        }
    }

    /// <summary>The points since the last call.</summary>
    public IReadOnlyList<MetricPoint> Take()
    {
        var points = _points;
        _points = [];
        Taken += points.Count;
        return points;
    }
}

namespace Slipway.Server.Features.Runs.Metrics;

/// <summary>Who gives which figure. A figure belongs to the best source that ever gave it; the others are not heard any more.</summary>
internal sealed class MetricBoard(IReadOnlyDictionary<string, MetricSource> owners)
{
    private const int MostNames = 256;

    private readonly Dictionary<string, MetricSource> _owners = new(owners);
    private List<MetricPoint> _points = [];

    public IReadOnlyDictionary<string, MetricSource> Owners => new Dictionary<string, MetricSource>(_owners);

    public void Offer(MetricPoint point)
    {
        if (!_owners.TryGetValue(point.Name, out var owner) ? _owners.Count >= MostNames : owner > point.Source)
        {
            return;
        }
        _owners[point.Name] = point.Source;
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
        return points;
    }
}

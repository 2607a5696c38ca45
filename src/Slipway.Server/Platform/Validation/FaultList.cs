namespace Slipway.Server.Platform.Validation;

/// <summary>Collects the faults of one request, in the order of reading.</summary>
internal sealed class FaultList
{
    private readonly List<Fault> _faults = [];

    public int Count => _faults.Count;

    public IReadOnlyList<Fault> All => _faults;

    public void Add(BodyPath path, string message, string type) => _faults.Add(new Fault(path.ToList(), message, type));
}

/// <summary>Where a value stands in a request: a chain towards the root, so that a valid body never builds a list.</summary>
internal sealed class BodyPath(BodyPath? parent, object part)
{
    public static BodyPath Body { get; } = new(null, "body");

    public static BodyPath Query { get; } = new(null, "query");

    public BodyPath Then(object name) => new(this, name);

    public IReadOnlyList<object> ToList()
    {
        var parts = new List<object>();
        for (var step = this; step is not null; step = step.Parent)
        {
            parts.Add(step.Part);
        }

        parts.Reverse();
        return parts;
    }

    private BodyPath? Parent => parent;

    private object Part => part;
}

namespace Slipway.Server.Features.Gateway.Routing;

/// <summary>What a source has behind a name. Two with the same content are the same.</summary>
/// <param name="name">The one name that it is counted and priced under: clients may have many ways to write it.</param>
/// <param name="upstreams">At least one, and no more than <see cref="ModelRoute.MostReplicas"/>.</param>
internal sealed class FoundModel(string name, IReadOnlyList<UpstreamOptions> upstreams) : IEquatable<FoundModel>
{
    private readonly int _hash = upstreams.Aggregate(name.GetHashCode(StringComparison.Ordinal), HashCode.Combine);

    public string Name => name;

    public IReadOnlyList<UpstreamOptions> Upstreams => upstreams;

    public bool Equals(FoundModel? other) =>
        ReferenceEquals(this, other) || (other is not null && other.Name == name && other.Upstreams.SequenceEqual(upstreams));

    public override bool Equals(object? obj) => Equals(obj as FoundModel);

    public override int GetHashCode() => _hash;
}

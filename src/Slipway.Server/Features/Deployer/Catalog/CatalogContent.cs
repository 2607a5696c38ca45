using System.Collections.Frozen;

namespace Slipway.Server.Features.Deployer.Catalog;

/// <summary>One state of the catalog; never changed, only replaced by another one.</summary>
internal sealed class CatalogContent
{
    private readonly FrozenDictionary<string, CatalogModel> _byId;

    public CatalogContent(IReadOnlyList<CatalogModel> models, IReadOnlyDictionary<string, CatalogInstance> instances)
    {
        (Models, Instances) = (models, instances);
        _byId = models.ToFrozenDictionary(model => model.Id, StringComparer.Ordinal);
    }

    public static CatalogContent Empty { get; } = new([], new Dictionary<string, CatalogInstance>());

    /// <summary>In the order of the files.</summary>
    public IReadOnlyList<CatalogModel> Models { get; }

    /// <summary>By the name without <c>ml.</c></summary>
    public IReadOnlyDictionary<string, CatalogInstance> Instances { get; }

    public CatalogModel? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>This, with models and instances changed where there is one of that name, and added behind where there is none.</summary>
    public CatalogContent With(IReadOnlyList<CatalogModel> models, IReadOnlyDictionary<string, CatalogInstance> instances)
    {
        var changed = models.ToDictionary(model => model.Id, StringComparer.Ordinal);
        var merged = new Dictionary<string, CatalogInstance>(Instances, StringComparer.Ordinal);
        foreach (var (name, instance) in instances)
        {
            merged[name] = instance;
        }
        return new CatalogContent(
            [.. Models.Select(model => changed.GetValueOrDefault(model.Id, model)), .. models.Where(model => Find(model.Id) is null)], merged);
    }
}
